/**
 * A real Chromium, driven over its own protocol. Each page that a test opens keeps account of what a payload must never
 * bring about: a request to anywhere else, a script that ran, a violation of the Content-Security-Policy.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Skip, skip } from './skip.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Chromium {
  /** Started with a profile of its own. */
  readonly open: () => Promise<Browser>;
}

export function findChromium(): Chromium | Skip {
  const executablePath = process.env['HOLDPOINT_CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    return skip(`no browser at ${executablePath}: install chromium, or set HOLDPOINT_CHROMIUM`);
  }
  return { open: async () => chromium.launch({ executablePath, args: FLAGS }) };
}

export interface Account {
  /** Origins of whatever was asked for. */
  readonly origins: ReadonlySet<string>;
  /** What the page itself, or the browser about it, complained of. */
  readonly complaints: readonly string[];
}

/** Keeps account of a page from before its first document. */
export async function keepAccount(page: Page): Promise<Account> {
  const origins = new Set<string>();
  const complaints: string[] = [];
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  await page.exposeFunction('reportViolation', (what: string) => void complaints.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      const { reportViolation } = window as unknown as {
        readonly reportViolation: (what: string) => void;
      };
      reportViolation(`csp: ${violatedDirective} ${blockedURI}`);
    });
  });
  return { origins, complaints };
}
