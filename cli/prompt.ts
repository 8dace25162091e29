/** One question to whoever sits at the terminal, beside the results: on standard error, so that these can be piped. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

export interface Asking {
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
  /** What is typed is shown nowhere. */
  readonly isSecret: boolean;
}

/** Undefined: they have left. */
export async function askBeside(
  question: string,
  { input, write, isSecret }: Asking,
): Promise<string | undefined> {
  let isMute = false;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!isMute) write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input, output, terminal: true });
  const leaving = new AbortController();
  lines.once('close', () => leaving.abort());
  try {
    const answer = lines.question(question, { signal: leaving.signal });
    isMute = isSecret;
    return await answer;
  } catch (error) {
    if (leaving.signal.aborted) return undefined;
    throw error;
  } finally {
    lines.close();
    // Of what was typed without being shown, the end of the line too.
    if (isSecret) write('\n');
  }
}
