/** The command line, whole: global options, every command, and what becomes of an error. */
import { Command, CommanderError } from 'commander';
import { addAuditCommand } from './commands/audit.ts';
import { addClaimCommands } from './commands/claims.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDecisionCommands } from './commands/decisions.ts';
import { addDeploymentCommands } from './commands/deployment.ts';
import { addDevCommand } from './commands/run.ts';
import { addGatewayCommands } from './commands/gateway.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addInitCommand } from './commands/init.ts';
import { addKillCommands } from './commands/kill.ts';
import { addMcpCommand } from './commands/mcp.ts';
import { addOperatorCommands } from './commands/operate.ts';
import { addPolicyCommand } from './commands/policy.ts';
import { addRehearseCommand } from './commands/rehearse.ts';
import { addSessionCommands } from './commands/sessions.ts';
import { addSignCommand } from './commands/sign.ts';
import { addToolsCommand } from './commands/tools.ts';
import { EXIT, FAILURE_CODES } from './exit-codes.ts';
import { failureOf } from './failures.ts';
import { type GlobalOptions, jsonLine, Shell, type Streams } from './shell.ts';
import { packageVersion } from './version.ts';

export function createProgram(streams: Streams): { program: Command; shell: Shell } {
  const program = new Command('holdpoint')
    .description('Human control for AI agents, on Temporal: see what waits, decide, steer, audit.')
    .version(packageVersion(), '--version', 'its version')
    .option('--json', 'results as JSON, one a line')
    .option('--profile <name>', "a profile of Temporal's configuration file")
    .option('--address <host:port>', 'Temporal; goes before the profile and TEMPORAL_ADDRESS')
    .option('--namespace <name>', 'its namespace')
    .option('--task-queue <name>', 'where sessions run; left out: holdpoint')
    .showHelpAfterError('(--help says more)')
    .exitOverride()
    .configureOutput({ writeOut: streams.out, writeErr: streams.err });
  const shell = new Shell(streams, () => program.opts<GlobalOptions>());
  addSessionCommands(program, shell);
  addDecisionCommands(program, shell);
  addOperatorCommands(program, shell);
  addKillCommands(program, shell);
  addSignCommand(program, shell);
  addClaimCommands(program, shell);
  addKeysCommand(program, shell);
  addPolicyCommand(program, shell);
  addAuditCommand(program, shell);
  addRehearseCommand(program, shell);
  addInitCommand(program, shell);
  addDevCommand(program, shell);
  addCompletionCommand(program, shell);
  addDeploymentCommands(program, shell);
  addToolsCommand(program, shell);
  addGatewayCommands(program, shell);
  addMcpCommand(program, shell);
  return { program, shell };
}

/** Runs one command line, and returns its exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const { program, shell } = createProgram(streams);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    const { message, exitCode } = failureOf(error);
    // What was refused has been said as a result.
    if (exitCode === EXIT.done || message === '') return exitCode;
    // Commander tells people by itself.
    if (!(error instanceof CommanderError)) shell.progress(message);
    // Where the words themselves are wrong, they may not have been read as far as this one.
    if (shell.isJson || args.includes('--json')) {
      const code = FAILURE_CODES[exitCode] ?? 'FAILED';
      streams.out(jsonLine({ error: { code, message, exitCode } }));
    }
    return exitCode;
  }
}
