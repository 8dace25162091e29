import { afterEach, expect, test, vi } from 'vitest';
import { isSkip, skip } from './skip.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('what is missing is a reason to skip', () => {
  vi.stubEnv('HOLDPOINT_NO_SKIP', undefined);
  expect(skip('no Java')).toEqual({ skip: 'no Java' });
  expect(isSkip(skip('no Java'))).toBe(true);
  expect(isSkip({ path: '/bin/java' })).toBe(false);
});

test('on CI nothing is skipped', () => {
  vi.stubEnv('HOLDPOINT_NO_SKIP', '1');
  expect(() => skip('no Java')).toThrow('HOLDPOINT_NO_SKIP=1 forbids skipping, but: no Java');
});
