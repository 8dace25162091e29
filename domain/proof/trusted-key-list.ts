/**
 * A list of trusted keys as its keeper sees it: everything that is wrong in it at once, and which keys count. What
 * believes signatures reads it whole or not at all (trusted-key.ts).
 */
import { isPlainObject } from '../text/json.ts';
import { readTrustedKeys, type TrustedKey, whyKeyNot } from './trusted-key.ts';

export interface KeyList {
  /** Those that can be read. */
  readonly keys: readonly TrustedKey[];
  /** With one of these nothing of the list is believed. */
  readonly problems: readonly string[];
  /** Believed all the same, and hardly meant so. */
  readonly warnings: readonly string[];
}

export function readKeyList(raw: unknown): KeyList {
  const whole = readTrustedKeys(raw);
  const listed = isPlainObject(raw) ? raw['keys'] : undefined;
  if (!Array.isArray(listed)) {
    return { keys: [], warnings: [], problems: whole.ok ? [] : [whole.problem] };
  }
  const readings = listed.map((one: unknown) => readTrustedKeys({ keys: [one] }));
  const keys = readings.flatMap((reading) => (reading.ok ? reading.value : []));
  const ofEntries = readings.flatMap((reading, index) =>
    reading.ok ? [] : [reading.problem.replace('keys[0]', `keys[${index}]`)],
  );
  const twice = keys.filter(({ kid }, index) => keys.findIndex((one) => one.kid === kid) < index);
  const problems = [...ofEntries, ...twice.map(({ kid }) => `kid ${kid} is there twice`)];
  return {
    keys,
    // What only shows in the whole: too many.
    problems: problems.length > 0 || whole.ok ? problems : [whole.problem],
    warnings: sharedKeys(keys),
  };
}

/** To revoke one of two names leaves the other. */
function sharedKeys(keys: readonly TrustedKey[]): readonly string[] {
  return keys.flatMap(({ kid, x }, index) => {
    const first = keys.slice(0, index).find((one) => one.x === x && one.kid !== kid);
    if (first === undefined) return [];
    return [
      `${kid} is the same key as ${first.kid}: revoked under one name, it counts by the other`,
    ];
  });
}

/** `waiting`: it counts later. `ending`: it counts, and when it will not is known. */
export type KeyStanding = 'counts' | 'ending' | 'waiting' | 'revoked';

export function standingOf(key: TrustedKey, now: number): KeyStanding {
  const { notBefore, revokedAt } = key;
  if (whyKeyNot(key, { signedAt: now, now }) === undefined) {
    return revokedAt === undefined ? 'counts' : 'ending';
  }
  const isRevoked = revokedAt !== undefined && !(now < Date.parse(revokedAt));
  return notBefore !== undefined && !isRevoked ? 'waiting' : 'revoked';
}

/** A key with what says how it stands, in one line. */
export function keyText(key: TrustedKey, now: number): string {
  const { kid, reviewerId, notBefore = '', revokedAt = '' } = key;
  const whose = reviewerId ?? 'an issuer, for whoever it names';
  const standing = {
    counts: 'counts',
    ending: `counts until ${revokedAt}`,
    waiting: `counts from ${notBefore} on`,
    revoked: `revoked since ${revokedAt}`,
  }[standingOf(key, now)];
  return `${kid}  ${whose}: ${standing}`;
}
