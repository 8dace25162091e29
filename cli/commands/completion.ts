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
      const global = optionsOf([program]);
      const script = name === 'fish' ? fish(commands, global) : bash(commands, global);
      shell.show(
        { script },
        name === 'zsh' ? `autoload -U bashcompinit && bashcompinit\n${script}` : script,
      );
    });
}

interface OptionWords {
  readonly long: string;
  readonly description: string;
  /** What it is followed by: these words, or any (undefined: by nothing of its own). */
  readonly values?: readonly string[] | 'any';
}

interface CommandWords {
  readonly name: string;
  readonly description: string;
  /** Those of the commands below it, too: which of them is meant is not looked at. */
  readonly options: readonly OptionWords[];
  /** Its argument is one of these. */
  readonly choices: readonly string[];
  readonly commands: readonly Pick<CommandWords, 'name' | 'description'>[];
}

function wordsOf(command: Command): CommandWords {
  return {
    name: command.name(),
    description: command.description(),
    options: optionsOf([command, ...command.commands]),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    commands: command.commands.map(wordsOf),
  };
}

function optionsOf(commands: readonly Command[]): readonly OptionWords[] {
  const named = commands
    .flatMap(({ options }) => options)
    .flatMap(({ long, description, required, optional, argChoices }) => {
      if (long == null) return [];
      const values = argChoices?.map(completable) ?? (required || optional ? 'any' : undefined);
      const words: OptionWords = { long, description, ...(values === undefined ? {} : { values }) };
      return [[long, words] as const];
    });
  return [...new Map(named).values()];
}

/** `random:SEED` is completed as far as it is known. */
function completable(choice: string): string {
  return choice.replace(/[A-Z]+$/, '');
}

/** zsh reads it as well. */
function bash(commands: readonly CommandWords[], global: readonly OptionWords[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const longs = (options: readonly OptionWords[]): string =>
    [...options, ...global].map(({ long }) => long).join(' ');
  return [
    '_holdpoint() {',
    '  local words="" command="" word previous="${COMP_WORDS[COMP_CWORD-1]}"',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    `    case " ${names} " in *" $word "*) command="$word"; break ;; esac`,
    '  done',
    '  case "$command $previous" in',
    ...commands.flatMap(({ name, options }) => [...options, ...global].flatMap(valuesCase(name))),
    ...global.flatMap(valuesCase('')),
    '    *) case "$command" in',
    ...commands.map(
      ({ name, options, choices, commands: below }) =>
        `      ${name}) words="${[...choices, ...below.map((one) => one.name), longs(options), '--help'].join(' ')}" ;;`,
    ),
    `      *) words="${names} ${longs([])} --help" ;;`,
    '    esac ;;',
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    // Where there are no words of ours, files are offered.
    'complete -o default -F _holdpoint holdpoint',
  ].join('\n');
}

/** After an option that takes a value, that value is next, and nothing else. */
function valuesCase(command: string): (option: OptionWords) => readonly string[] {
  return ({ long, values }) => {
    if (values === undefined) return [];
    return [`    "${command} ${long}") words="${values === 'any' ? '' : values.join(' ')}" ;;`];
  };
}

function fish(commands: readonly CommandWords[], global: readonly OptionWords[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const line = (rest: string): string => `complete -c holdpoint ${rest}`;
  const valued = ({ values }: OptionWords): string =>
    values === undefined ? '' : values === 'any' ? ' -r' : ` -xa ${single(values.join(' '))}`;
  return [
    ...global.map((option) => line(`-l ${option.long.slice(2)}${valued(option)}`)),
    ...commands.flatMap(({ name, description, options, choices, commands: below }) => {
      const within = `-n "__fish_seen_subcommand_from ${name}"`;
      return [
        line(`-n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${single(description)}`),
        ...(choices.length === 0 ? [] : [line(`${within} -fa ${single(choices.join(' '))}`)]),
        ...below.map((one) => line(`${within} -a ${one.name} -d ${single(one.description)}`)),
        ...options.map((option) =>
          line(
            `${within} -l ${option.long.slice(2)}${valued(option)} -d ${single(option.description)}`,
          ),
        ),
      ];
    }),
  ].join('\n');
}

function single(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
