/** A notice by e-mail over SMTP: plain text, and a link that only shows. The same notice has the same Message-ID. */
import { createTransport } from 'nodemailer';
import { type Channel, Undeliverable } from '../notify.ts';

export interface MailChannelOptions {
  /** `smtp://user:password@host:587`, or `smtps://…` */
  readonly url: string;
  readonly from: string;
  readonly to: string | readonly string[];
}

/** SMTP's permanent failures: 5xx. */
const PERMANENT_FROM = 500;

export function mailChannel({ url, from, to }: MailChannelOptions): Channel {
  const transport = createTransport({
    url,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 15_000,
  });
  const domain = /@([^@>\s]+)>?$/.exec(from)?.[1] ?? 'holdpoint.invalid';
  return {
    send: async ({ notice, title, facts, url: inbox }) => {
      const lines = facts.map(([name, value]) => `${name}: ${value}`);
      const link = inbox === undefined ? [] : ['', 'To decide, open:', inbox];
      const why = [
        '',
        'This message only tells. An answer to it, or its link alone, decides nothing.',
      ];
      try {
        const { response } = await transport.sendMail({
          from,
          to: typeof to === 'string' ? to : [...to],
          subject: title,
          text: [title, '', ...lines, ...link, ...why].join('\n'),
          messageId: `<${notice.noticeId}@${domain}>`,
          headers: { 'auto-submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        return `SMTP ${response.slice(0, 100)}`;
      } catch (error) {
        throw isPermanent(error) ? new Undeliverable(wordsOf(error)) : new Error(wordsOf(error));
      }
    },
  };
}

function isPermanent(error: unknown): boolean {
  const code = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined;
  return typeof code === 'number' && code >= PERMANENT_FROM;
}

/** Without addresses and credentials, which the library's messages may repeat. */
function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  const status =
    error instanceof Error && 'responseCode' in error ? ` ${String(error.responseCode)}` : '';
  return `the mail server says ${code}${status}`;
}
