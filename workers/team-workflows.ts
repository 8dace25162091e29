/**
 * A team's own workflows, bundled with what Holdpoint needs beside them: `lateDecision`, which answers who decides after
 * a workflow has ended, the kill switch, and the workflows of external gates. Without them a person, or an agent, would
 * wait for good, and a kill would reach nobody.
 *
 * The SDK bundles one module. So one is written for the bundler, and stands in the place of Holdpoint's
 * own: a CommonJS one, since that passes on a default export, the SDK's handler for unknown types, where there is one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleOptions } from '@temporalio/worker';
import type { HostSettings } from '../domain/session/host-settings.ts';
import { sibling } from './sibling.ts';

export interface TeamModules {
  /** The module that exports the team's workflows. */
  readonly team: string;
  /** The module in whose place the joint one stands. The bundle begins beside it, and finds the SDK from there. */
  readonly registered: string;
  /** Workflows of Holdpoint's own, each with the module that exports it. */
  readonly beside: Readonly<Record<string, string>>;
}

/** What every worker serves beside workflows of a team's own. */
export function servedBeside(): Readonly<Record<string, string>> {
  const killSwitch = sibling('workflows/kill-switch');
  return {
    lateDecision: sibling('workflows/late-decision'),
    killSwitch,
    standingKills: killSwitch,
  };
}

/** The options of a bundle that holds the team's workflows, and Holdpoint's beside them. */
export function besideTeam(
  { team, registered, beside }: TeamModules,
  options: Omit<BundleOptions, 'workflowsPath'>,
): BundleOptions {
  const own = Object.entries(beside).map(([name, path]) => `${name}: ${required(path)}.${name}`);
  const exported = [`...${required(team)}`, ...own].join(', ');
  const joint = temporaryFile('workflows.cjs', `module.exports = { ${exported} };\n`);
  return withConfig({ ...options, workflowsPath: registered }, (config) =>
    withAlias(config, `${registered}$`, joint),
  );
}

/** Puts the plugin's settings where workflows/host-settings.ts stands: a part of the code, as JSON. */
export function withSettings(options: BundleOptions, settings: HostSettings): BundleOptions {
  const path = sibling('workflows/host-settings');
  const standIn = temporaryFile(
    'host-settings.cjs',
    `module.exports = { settings: JSON.parse(${JSON.stringify(JSON.stringify(settings))}) };\n`,
  );
  return withConfig(options, (config) => withAlias(config, path, standIn));
}

function withAlias(config: Parameters<Hook>[0], path: string, standIn: string): ReturnType<Hook> {
  const known = config.resolve?.alias ?? {};
  if (Array.isArray(known)) throw new TypeError('The SDK used to give its aliases by name');
  return { ...config, resolve: { ...config.resolve, alias: { ...known, [path]: standIn } } };
}

type Hook = NonNullable<BundleOptions['webpackConfigHook']>;

function withConfig(options: BundleOptions, change: Hook): BundleOptions {
  const { webpackConfigHook: others = (config) => config } = options;
  return { ...options, webpackConfigHook: (config) => change(others(config)) };
}

/** A bundler reads it some time later, and says nothing when it is done: it stays as long as the process. */
function temporaryFile(name: string, text: string): string {
  folder ??= newFolder();
  files += 1;
  const path = join(folder, `${files}-${name}`);
  writeFileSync(path, text);
  return path;
}

let folder: string | undefined;
let files = 0;

function newFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'holdpoint-workflows-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

function required(path: string): string {
  return `require(${JSON.stringify(path)})`;
}
