/**
 * The run's Temporal behind TLS, asking for what Temporal Cloud asks for: a client certificate, or an API key with each
 * call. Everything else passes through. Its certificates are made by the openssl program, for as long as a test runs.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import {
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { type Skip, skip } from './skip.ts';

export interface TemporalFront {
  /** host:port */
  readonly address: string;
  /** Who called: the subject of each certificate, and the authorization of each call. */
  readonly callers: () => readonly { readonly subject: unknown; readonly authorization: unknown }[];
  readonly close: () => Promise<void>;
}

export interface Certificates {
  /** Has `server.pem`, which signs itself, and `client.pem` of `CN=agents`, each with its `.key`. */
  readonly folder: string;
}

export function makeCertificates(folder: string): Certificates | Skip {
  const [curve, days] = [
    ['-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ['-days', '2'],
  ];
  const make = (name: string, subject: string, ...more: readonly string[]): Buffer =>
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        ...curve,
        '-nodes',
        '-subj',
        subject,
        ...days,
        ...more,
      ].concat(['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)]),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  try {
    make('server', '/CN=front', '-addext', 'subjectAltName=IP:127.0.0.1');
    make('client', '/CN=agents');
    return { folder };
  } catch (error) {
    return skip(`openssl can't make certificates here: ${String(error)}`);
  }
}

/** `asks`: a certificate of `client.pem`, or this key. */
export async function startTemporalFront(
  { folder }: Certificates,
  { address, asks }: { readonly address: string; readonly asks: 'certificate' | { key: string } },
): Promise<TemporalFront> {
  const [key, cert, ca] = await Promise.all(
    ['server.key', 'server.pem', 'client.pem'].map(async (name) => readFile(join(folder, name))),
  );
  const behind = connect(`http://${address}`);
  const callers: { subject: unknown; authorization: unknown }[] = [];
  const isAsked = asks === 'certificate';
  const server = createSecureServer({
    ...(key === undefined || cert === undefined ? {} : { key, cert }),
    ...(ca === undefined ? {} : { ca }),
    requestCert: isAsked,
    rejectUnauthorized: isAsked,
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    const socket = stream.session?.socket as TLSSocket;
    const { authorization } = headers;
    callers.push({ subject: socket.getPeerCertificate().subject?.CN, authorization });
    if (isAsked || authorization === `Bearer ${asks.key}`) pass(stream, headers);
    else stream.respond(UNAUTHENTICATED, { endStream: true });
  });
  const pass = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const { ':authority': _own, ':scheme': _secure, ...asked } = headers;
    const answer = behind.request(asked);
    let trailers: IncomingHttpHeaders = {};
    answer.on('trailers', (last) => (trailers = last));
    answer.on('response', (head, flags) => {
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(head, { endStream, waitForTrailers: !endStream });
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.pipe(answer).pipe(stream);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    callers: () => callers,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // Whoever was turned away may hold on to its connection.
      for (const session of sessions) session.destroy();
      behind.destroy();
      await closed;
    },
  };
}

const UNAUTHENTICATED = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '16',
  'grpc-message': 'Request unauthorized.',
};
