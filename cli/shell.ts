/**
 * What commands need of the terminal: words out, as text or as JSON, questions, and a client. Text that comes from
 * outside is printed without control sequences, and with what can't be seen made visible: in JSON by its escapes.
 */
import { createInterface } from 'node:readline/promises';
import { HoldpointClient } from '../client/holdpoint-client.ts';
import { shownLines, shownText } from '../domain/text/shown-text.ts';
import { visibleJson } from '../domain/text/visible-text.ts';
import { type Answer, answerText, exitCodeOf } from './answer-text.ts';
import { EXIT } from './exit-codes.ts';
import { askBeside } from './prompt.ts';

export interface GlobalOptions {
  readonly json?: true;
  readonly profile?: string;
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: NodeJS.ProcessEnv;
  /** Where a person sits. Left out: nobody can be asked. */
  readonly terminal?: {
    readonly input: NodeJS.ReadableStream;
    readonly output: NodeJS.WritableStream;
  };
}

/** A person who can be asked. */
export interface Terminal {
  /** Undefined: they have left. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Aborted when they leave. */
  readonly left: AbortSignal;
  readonly close: () => void;
}

/** An end that is no defect: the message is for the person at the terminal, and says the way out. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What is read of what the person gave: where that fails, the command was called wrongly, and they are told how. */
export async function orUsage<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new CommandFailure(error instanceof Error ? error.message : String(error), EXIT.usage);
  }
}

export function jsonLine(value: unknown): string {
  return `${visibleJson(JSON.stringify(value))}\n`;
}

export class Shell {
  readonly #streams: Streams;
  readonly #options: () => GlobalOptions;

  constructor(streams: Streams, options: () => GlobalOptions) {
    this.#streams = streams;
    this.#options = options;
  }

  get options(): GlobalOptions {
    return this.#options();
  }

  get environment(): NodeJS.ProcessEnv {
    return this.#streams.environment;
  }

  get isJson(): boolean {
    return this.options.json === true;
  }

  /** A result: as one line of JSON with `--json`, as text for people otherwise. */
  show(value: unknown, text: (() => string) | string): void {
    if (this.isJson) this.#streams.out(jsonLine(value));
    else this.line(typeof text === 'string' ? text : text());
  }

  /** Bytes as they are, for a program: a terminal would obey what stands in them. */
  exact(value: unknown, bytes: string): void {
    if (!this.isJson && process.stdout.isTTY) {
      throw new CommandFailure(
        'These are raw bytes, which a terminal may obey. Send them on: … | sha256sum, or > a file.',
        EXIT.usage,
      );
    }
    this.#streams.out(this.isJson ? jsonLine(value) : bytes);
  }

  /** What became of a decision or an order. Throws, without words of its own, where that is no exit code 0. */
  answer(answer: Answer): void {
    this.show(answer, () => answerText(answer));
    const code = exitCodeOf(answer);
    if (code !== EXIT.done) throw new CommandFailure('', code);
  }

  /** A line for people; nothing of it is a result. */
  line(text: string): void {
    if (!this.isJson) this.#streams.out(`${shownLines(text)}\n`);
  }

  /** What happens meanwhile: beside the results, so that `--json` stays parseable. */
  readonly progress = (text: string): void => {
    this.#streams.err(`${shownLines(text)}\n`);
  };

  /** Opens it. Undefined where there is nobody to ask, or `--json` asks for results alone. */
  get terminal(): (() => Terminal) | undefined {
    const { terminal } = this.#streams;
    return terminal === undefined || this.isJson ? undefined : () => openTerminal(terminal);
  }

  async withClient<T>(use: (holdpoint: HoldpointClient) => Promise<T>): Promise<T> {
    const { profile, address, namespace, taskQueue } = this.options;
    const holdpoint = await HoldpointClient.connect({
      ...(profile === undefined ? {} : { profile }),
      ...(address === undefined ? {} : { address }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(taskQueue === undefined ? {} : { taskQueue }),
    });
    try {
      return await use(holdpoint);
    } finally {
      await holdpoint.close();
    }
  }

  /** Who is at the terminal: decides, or gives orders. */
  person(named: string | undefined): string {
    const id = named ?? this.environment['HOLDPOINT_USER'];
    if (id === undefined || id === '') {
      throw new CommandFailure(
        'Who are you? Say it with --as ID, or in the environment variable HOLDPOINT_USER.',
        EXIT.usage,
      );
    }
    return id;
  }

  /** Asks beside the results. Undefined: there is nobody to ask, or they have left. */
  async ask(question: string, { isSecret = false } = {}): Promise<string | undefined> {
    const { terminal, err } = this.#streams;
    if (terminal === undefined) return undefined;
    return askBeside(shownText(question), { input: terminal.input, write: err, isSecret });
  }
}

function openTerminal(terminal: NonNullable<Streams['terminal']>): Terminal {
  const lines = createInterface(terminal);
  const leaving = new AbortController();
  lines.once('close', () => leaving.abort());
  const left = leaving.signal;
  return {
    left,
    close: () => lines.close(),
    ask: async (question) => {
      try {
        return await lines.question(shownText(question), { signal: left });
      } catch (error) {
        if (left.aborted) return undefined;
        throw error;
      }
    },
  };
}
