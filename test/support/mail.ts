/** A real SMTP server that keeps what arrives, and answers as it is told. */
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: readonly string[];
  /** As it came: headers and text. */
  readonly raw: string;
}

export interface MailBox {
  readonly url: string;
  readonly received: readonly Mail[];
  /** What everything gets that comes from now on: 250, or an error code of SMTP. */
  answer: number;
  readonly close: () => Promise<void>;
}

const ACCEPTED = 250;

export async function openMailBox(): Promise<MailBox> {
  const received: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        if (box.answer === ACCEPTED) {
          received.push({ to, raw: Buffer.concat(chunks).toString('utf8') });
          done();
          return;
        }
        done(Object.assign(new Error('not now'), { responseCode: box.answer }));
      });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const box: MailBox = {
    url: `smtp://127.0.0.1:${port}`,
    received,
    answer: ACCEPTED,
    close: async () => new Promise((resolve) => server.close(resolve)),
  };
  return box;
}
