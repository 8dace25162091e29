/** What a family of attacks is, and how it counts: each attack is tried, and is refused or got through. Nothing else. */
import type { Stage } from './stage.ts';

/** How much of each family is run; the pure ones run whole in either. */
export type Extent = 'full' | 'quick';

export interface Family {
  readonly name: string;
  /** What is counted, in words. */
  readonly counts: string;
  /** Fewer than this were hardly the family: the run fails. */
  readonly minimum: Readonly<Record<Extent, number>>;
  /** Tries all of it. `stage` is opened at the first call. */
  run(tally: Tally, stage: () => Promise<Stage>, extent: Extent): Promise<void>;
}

export class Tally {
  tried = 0;
  refused = 0;
  /** By name, what was done and should not have been. */
  readonly gotThrough: string[] = [];
  /** Further numbers of the family, for the last line. */
  readonly numbers: Record<string, number> = {};

  /** One attack: `isRefused` says how it went. */
  judge(name: string, isRefused: boolean): void {
    this.tried += 1;
    if (isRefused) this.refused += 1;
    else this.gotThrough.push(name);
  }

  /** What has to hold beside the attacks themselves, such as that the honest decision still counts. */
  expect(what: string, isSo: boolean): void {
    if (!isSo) this.gotThrough.push(`not so: ${what}`);
  }

  count(name: string, more = 1): void {
    this.numbers[name] = (this.numbers[name] ?? 0) + more;
  }
}
