/** What orchestrators and Prometheus are answered, and what a taken port says. Settings too: what is wrong in them is named. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HealthServer, serveHealth } from '../../workers/health-server.ts';
import { serveSettings } from '../../workers/serve-settings.ts';

describe('health', () => {
  let reasons: readonly string[] = [];
  let server: HealthServer;
  const parts = {
    notReady: async () => reasons,
    metrics: async () => {
      throw new Error('a secret');
    },
  };
  beforeAll(async () => {
    server = await serveHealth({ host: '127.0.0.1', port: 0 }, parts);
  });
  afterAll(async () => server.close());

  const ask = async (path: string, method = 'GET'): Promise<readonly [number, string]> => {
    const response = await fetch(`${server.url}${path}`, { method });
    return [response.status, await response.text()];
  };

  test('is ready without a reason against it, and names each reason', async () => {
    expect(await ask('/readyz')).toEqual([200, 'ready\n']);
    reasons = ['the worker is DRAINING', 'the evidence store does not answer'];
    expect(await ask('/readyz')).toEqual([503, `${reasons.join('\n')}\n`]);
    expect(await ask('/livez')).toEqual([200, 'alive\n']);
  });

  test('answers nothing else, and tells nobody what broke', async () => {
    expect((await ask('/'))[0]).toBe(404);
    expect((await ask('/livez', 'POST'))[0]).toBe(405);
    expect(await ask('/livez', 'HEAD')).toEqual([200, '']);
    expect(await ask('/metrics')).toEqual([500, 'could not be answered\n']);
  });

  test('on a port that is taken says how to choose another', async () => {
    const port = Number(new URL(server.url).port);
    const second = serveHealth({ host: '127.0.0.1', port }, parts);
    await expect(second).rejects.toThrow(/is taken.*HOLDPOINT_HTTP_PORT/);
  });
});

describe('settings', () => {
  const URL_SET = { HOLDPOINT_EVIDENCE_URL: 'postgres://h@localhost/h' };

  test('are loopback, 9464 and 20 s where nothing is said', () => {
    expect(serveSettings(URL_SET)).toEqual({
      evidenceUrl: URL_SET.HOLDPOINT_EVIDENCE_URL,
      httpHost: '127.0.0.1',
      httpPort: 9464,
      drainMs: 20_000,
      logLevel: 'info',
    });
  });

  test('of the command line go before the environment', () => {
    const said = { ...URL_SET, HOLDPOINT_HTTP_PORT: '1', HOLDPOINT_DRAIN_SECONDS: '2' };
    const { httpPort, drainMs } = serveSettings(said, { httpPort: '0', drainSeconds: '3' });
    expect({ httpPort, drainMs }).toEqual({ httpPort: 0, drainMs: 3_000 });
  });

  test('let outcomes be sent where both say so, and nowhere otherwise', () => {
    const named = {
      HOLDPOINT_CALLBACK_ORIGINS: 'https://hooks.example.com, http://127.0.0.1:80',
      HOLDPOINT_CALLBACK_SECRET: 'whsec_x',
    };
    expect(serveSettings({ ...URL_SET, ...named }).callbacks).toEqual({
      origins: ['https://hooks.example.com', 'http://127.0.0.1:80'],
      secret: 'whsec_x',
    });
    for (const name of Object.keys(named)) {
      const half = { ...URL_SET, ...named, [name]: '' };
      expect(() => serveSettings(half)).toThrow('HOLDPOINT_CALLBACK_SECRET');
    }
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318' }, 'http://all:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://all/otlp/' }, 'https://all/otlp/v1/traces'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://own/path',
      },
      'http://own/path',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all', OTEL_SDK_DISABLED: 'true' }, undefined],
  ])('find the collector of traces as OpenTelemetry says: %j', (said, tracesUrl) => {
    expect(serveSettings({ ...URL_SET, ...said }).tracesUrl).toBe(tracesUrl);
  });

  test.each([
    ['HOLDPOINT_HTTP_PORT', '70000'],
    ['HOLDPOINT_DRAIN_SECONDS', '-1'],
    ['HOLDPOINT_LOG_LEVEL', 'loud'],
    ['HOLDPOINT_BUILD_ID', 'without a deployment'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://collector'],
  ])('name %s where it is %s', (name, value) => {
    expect(() => serveSettings({ ...URL_SET, [name]: value })).toThrow(name);
  });
});
