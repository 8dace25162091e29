/** docker-compose.yml as a file: no engine runs here, so what can be checked of it is its shape. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);

test('every image is pinned to a version', () => {
  expect(services.length).toBeGreaterThan(0);
  for (const [name, { image = '' }] of services) expect(image, name).toMatch(/^[\w./-]+:\d+\.\d+/);
});

test('what others wait for exists and says when it is healthy', () => {
  for (const [name, { depends_on: waits = {} }] of services) {
    for (const [other, { condition }] of Object.entries(waits)) {
      expect(condition, name).toBe('service_healthy');
      expect(compose.services[other]?.healthcheck, `${name} waits for ${other}`).toBeDefined();
    }
  }
});

test('nothing is reachable from outside this machine, and no password stands in the file', () => {
  for (const [name, { ports = [], environment = {} }] of services) {
    for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    for (const [variable, value] of Object.entries(environment)) {
      if (/PASSWORD|PWD/.test(variable)) expect(value, name).toMatch(/^\$\{\w+:\?/);
    }
  }
});

test('every named volume is declared, and every declared one is used', () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((one) => one.split(':')[0]));
  expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
});
