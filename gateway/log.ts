/** What a gateway writes down: each request, and who was served which bytes. Ids and numbers: nothing of what was sent. */
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';

export interface GatewayRequest {
  readonly method: string;
  /** The route, not the address. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly subject?: string;
  /** The name of an error that nobody expected. */
  readonly error?: string;
}

/** Somebody was shown a gate: the evidence of what lay before them when they decided. */
export interface ShownBytes {
  readonly subject: string;
  readonly sessionId: string;
  readonly gateId: string;
  /** Of the payload. */
  readonly payloadDigest: string;
}

export interface GatewayLog {
  readonly request: (request: GatewayRequest) => void;
  readonly shown: (shown: ShownBytes) => void;
  readonly warn: (message: string) => void;
}

export const NO_LOG: GatewayLog = {
  request: () => undefined,
  shown: () => undefined,
  warn: () => undefined,
};

/** JSON, a line each. `to`: left out, standard output, written at once so that a process that ends loses no line. */
export function createGatewayLog(
  to: DestinationStream = destination({ fd: 1, sync: true }),
): GatewayLog {
  const log = pino(
    {
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  return {
    request: (request) => log.info(request, 'request'),
    shown: (shown) => log.info(shown, 'shown'),
    warn: (message) => log.warn(message),
  };
}
