/**
 * A test that needs what a machine may not have is skipped where a reader sees it, with the reason in its title.
 * On CI, which has everything, `HOLDPOINT_NO_SKIP=1` turns each such skip into a failure.
 */
import { describe, test } from 'vitest';

export interface Skip {
  readonly skip: string;
}

export function skip(reason: string): Skip {
  if (process.env['HOLDPOINT_NO_SKIP'] === '1') {
    throw new Error(`HOLDPOINT_NO_SKIP=1 forbids skipping, but: ${reason}`);
  }
  return { skip: reason };
}

export function isSkip(resource: object): resource is Skip {
  return 'skip' in resource;
}

/** A `describe` over a resource that may be missing. */
export function describeWith<T extends object>(
  title: string,
  resource: T | Skip,
  suite: (resource: T) => void,
): void {
  if (isSkip(resource)) describe(title, () => test.skip(`skipped: ${resource.skip}`));
  else describe(title, () => suite(resource));
}
