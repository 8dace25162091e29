/** A mail server on this machine: what the desk sends arrives here, and nowhere else. */
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly port: number;
  /** Subjects and recipients of what arrived. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const received: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
      });
      stream.on('end', () => {
        const subject = /^Subject: (.*)$/m.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
        const to = session.envelope.rcptTo.map(({ address }) => address).join(', ');
        received.push(`${subject.trim()} → ${to}`);
        done();
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
  return {
    port,
    received,
    close: async () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}
