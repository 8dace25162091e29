/** completion: a script that lets a shell finish commands and options. Made from the commands as they are. */
import { Argument, type Command } from 'commander';
import type { Shell } from '../shell.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function addCompletionCommand(program: Command, shell: Shell): void {
  program
    .command('completion')
    .description('print a completion script: source <(holdpoint completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((name: (typeof SHELLS)[number]) => {
      const commands = program.commands.map(wordsOf);
      const global = program.options.flatMap(({ long }) => long ?? []);
      const script = name === 'fish' ? fish(commands, global) : bash(commands, global);
      shell.show(
        { script },
        name === 'zsh' ? `autoload -U bashcompinit && bashcompinit\n${script}` : script,
      );
    });
}

interface Words {
  readonly name: string;
  readonly description: string;
  /** Those of the commands below it, too: which of them is meant is not looked at. */
  readonly options: readonly { readonly long: string; readonly description: string }[];
  readonly commands: readonly Pick<Words, 'name' | 'description'>[];
}

function wordsOf(command: Command): Words {
  return {
    name: command.name(),
    description: command.description(),
    options: optionsOf([command, ...command.commands]),
    commands: command.commands.map(wordsOf),
  };
}

function optionsOf(commands: readonly Command[]): Words['options'] {
  const named = commands
    .flatMap(({ options }) => options)
    .flatMap(({ long, description }) => (long == null ? [] : [[long, description] as const]));
  return [...new Map(named)].map(([long, description]) => ({ long, description }));
}

/** zsh reads it as well. */
function bash(commands: readonly Words[], global: readonly string[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(
    ({ name, options, commands: below }) =>
      `    ${name}) words="${[...below.map((one) => one.name), ...options.map(({ long }) => long), ...global, '--help'].join(' ')}" ;;`,
  );
  return [
    '_holdpoint() {',
    '  local words command="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    `    case " ${names} " in *" $word "*) command="$word"; break ;; esac`,
    '  done',
    '  case "$command" in',
    ...cases,
    `    *) words="${names} ${global.join(' ')} --help" ;;`,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _holdpoint holdpoint',
  ].join('\n');
}

function fish(commands: readonly Words[], global: readonly string[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const line = (rest: string): string => `complete -c holdpoint ${rest}`;
  return [
    ...global.map((long) => line(`-l ${long.slice(2)}`)),
    ...commands.flatMap(({ name, description, options, commands: below }) => [
      line(`-n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${single(description)}`),
      ...below.map((one) =>
        line(
          `-n "__fish_seen_subcommand_from ${name}" -a ${one.name} -d ${single(one.description)}`,
        ),
      ),
      ...options.map((option) =>
        line(
          `-n "__fish_seen_subcommand_from ${name}" -l ${option.long.slice(2)} -d ${single(option.description)}`,
        ),
      ),
    ]),
  ].join('\n');
}

function single(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
