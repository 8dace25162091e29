/**
 * The attacks, each tried and refused: `npm run attack`. Prints a line for each family, and one JSON object with all the
 * numbers; ends with code 1 where one got through, or a family tried fewer than it has to.
 */
import { parseArgs } from 'node:util';
import { type Extent, type Family, Tally } from './family.ts';
import { CREDENTIALS } from './credentials.ts';
import { FORGERY } from './forgery.ts';
import { MUTATION } from './mutation.ts';
import { PARALLEL } from './parallel.ts';
import { RACES } from './races.ts';
import { RESETS } from './resets.ts';
import { SERVER_RACES } from './server-races.ts';
import { lastLine, lineOf, type Outcome, TITLES } from './report.ts';
import { openStage, type Stage } from './stage.ts';

const FAMILIES: readonly Family[] = [
  FORGERY,
  MUTATION,
  CREDENTIALS,
  RESETS,
  RACES,
  SERVER_RACES,
  PARALLEL,
];

const HELP = `npm run attack -- [--quick] [FAMILY…]

  --quick   less of what needs a server
  FAMILY    of ${FAMILIES.map(({ name }) => name).join(', ')}; left out: all

Ends with code 1 when one gets through, or a family tried fewer than it has to.`;

async function attack(families: readonly Family[], extent: Extent): Promise<boolean> {
  let opened: Promise<Stage> | undefined;
  const stage = async (): Promise<Stage> => (opened ??= openStage());
  const outcomes: Outcome[] = [];
  console.log(TITLES);
  try {
    for (const family of families) {
      const tally = new Tally();
      const startedAt = Date.now();
      await family.run(tally, stage, extent);
      const outcome = {
        family,
        tally,
        minimum: family.minimum[extent],
        tookMs: Date.now() - startedAt,
      };
      outcomes.push(outcome);
      console.log(lineOf(outcome));
      for (const name of tally.gotThrough) console.log(`  got through: ${name}`);
    }
  } finally {
    await (await opened)?.close();
  }
  const { line, isHeld } = lastLine(outcomes, extent);
  console.log(line);
  return isHeld;
}

function given() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const isKnown = positionals.every((name) => FAMILIES.some((family) => family.name === name));
    return isKnown ? { ...values, wanted: positionals } : undefined;
  } catch {
    return undefined;
  }
}

const options = given();
if (options === undefined || options.help) {
  console.log(HELP);
  process.exitCode = options?.help === true ? 0 : 2;
} else {
  const { wanted, quick } = options;
  const families = FAMILIES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  process.exitCode = (await attack(families, quick ? 'quick' : 'full')) ? 0 : 1;
}
