/** doctor: what answers, in which version, what is missing, and the command that mends it. Changes nothing. */
import type { Command } from 'commander';
import { findConfig, loadFile } from '../config-file.ts';
import type { Finding, HoldpointConfig } from '../embedded.ts';
import { CommandFailure, type Shell } from '../shell.ts';

/** The `engines` of package.json. */
const NODE_NEEDED = [20, 19] as const;

export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command('doctor')
    .description(
      'what is reachable, in which version, and what is missing; exit code 1 where it is',
    )
    .option('--config <file>', 'left out: holdpoint.config.ts, .mts, .js or .mjs in this folder')
    .action(async ({ config: named }: { readonly config?: string }) => {
      const { diagnose } = await import('../embedded.ts');
      const { profile, address, namespace } = shell.options;
      const configuration = await configFindings(named, shell.environment);
      const { taskQueue = configuration.taskQueue } = shell.options;
      const findings: readonly Finding[] = [
        nodeFinding(process.versions.node),
        ...configuration.findings,
        ...(await diagnose({
          env: shell.environment,
          ...(profile === undefined ? {} : { profile }),
          ...(address === undefined ? {} : { address }),
          ...(namespace === undefined ? {} : { namespace }),
          ...(taskQueue === undefined ? {} : { taskQueue }),
        })),
      ];
      for (const finding of findings) shell.show(finding, () => findingText(finding));
      const missing = findings.filter(({ status }) => status === 'missing');
      if (missing.length > 0) {
        throw new CommandFailure(`Missing: ${missing.map(({ name }) => name).join(', ')}.`);
      }
    });
}

const STATUS_CHARS = 8;

function findingText({ name, status, found, mend }: Finding): string {
  const line = `${status.padEnd(STATUS_CHARS)}${name}: ${found}`;
  return mend === undefined ? line : `${line}\n${' '.repeat(STATUS_CHARS)}→ ${mend}`;
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorNeeded, minorNeeded] = NODE_NEEDED;
  const isEnough = major > majorNeeded || (major === majorNeeded && minor >= minorNeeded);
  const name = 'Node';
  return isEnough
    ? { name, status: 'ok', found: version }
    : {
        name,
        status: 'missing',
        found: `${version} is too old`,
        mend: `install Node ${NODE_NEEDED.join('.')} or later`,
      };
}

async function configFindings(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly findings: readonly Finding[]; readonly taskQueue?: string }> {
  const missing = (error: unknown, mend: string): { readonly findings: readonly Finding[] } => {
    const found = error instanceof Error ? error.message : String(error);
    return { findings: [{ name, status: 'missing', found, mend }] };
  };
  const name = 'configuration';
  let path;
  try {
    path = await findConfig(named);
  } catch (error) {
    return missing(error, 'holdpoint init DIR (a folder to begin with), or --config FILE');
  }
  try {
    const { trustFindings, trustSettings, workerParts } = await import('../embedded.ts');
    const { config } = await loadFile(path);
    const parts = await workerParts(config as HoldpointConfig, path);
    const { tools, policy, model, taskQueue } = parts;
    const found = `${path}: ${tools.length} tools, policy ${policy.name}@${policy.version}, model ${model.name}`;
    const trusting = await trustFindings({ ...parts, ...trustSettings(environment) });
    return {
      findings: [{ name, status: 'ok', found }, ...trusting],
      ...(taskQueue === undefined ? {} : { taskQueue }),
    };
  } catch (error) {
    const again = named === undefined ? 'holdpoint doctor' : `holdpoint doctor --config ${named}`;
    return missing(error, `correct it in ${path}, then: ${again}`);
  }
}
