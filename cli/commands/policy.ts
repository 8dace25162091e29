/** policy check: what is wrong in a policy, who may decide at each of its tiers, and where nobody can. */
import type { Command } from 'commander';
import { tierReaches, type TierReach } from '../../domain/authority/tier-reach.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/limits.ts';
import { silenceText } from '../../domain/gate/silence.ts';
import { whoText } from '../../domain/gate/facts.ts';
import { type Policy, policyVersion } from '../../domain/policy/policy.ts';
import type { Tier } from '../../domain/policy/tier.ts';
import { loadConfig } from '../config-file.ts';
import type { HoldpointConfig } from '../embedded.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, orUsage, type Shell } from '../shell.ts';
import { soundKeysFile } from '../trusted-keys-file.ts';

export function addPolicyCommand(program: Command, shell: Shell): void {
  program
    .command('policy')
    .description('what a policy says')
    .command('check')
    .description(
      'what is wrong in a policy, and who may decide at each tier; exit code 1 where nobody can',
    )
    .argument('[file]', 'YAML or JSON; left out: the policy of holdpoint.config.*')
    .option('--keys <file>', 'the trusted keys: who can sign where that is asked for')
    .action(async (path: string | undefined, flags: { readonly keys?: string }) => {
      const policy = await policyAt(path);
      const keys = flags.keys === undefined ? undefined : await keysAt(flags.keys);
      const now = Date.now();
      const reaches = tierReaches(policy, { now, ...(keys === undefined ? {} : { keys }) });
      const alarms = reaches.flatMap((reach) => reach.alarms);
      const tiers = reaches.map(({ tier, able, unknownGroups }) => ({
        ...tier,
        able,
        unknownGroups,
      }));
      shell.show({ policy: policyVersion(policy), tiers, alarms }, () =>
        [policyVersion(policy), ...reaches.flatMap(reachLines)].join('\n'),
      );
      if (alarms.length > 0) throw new CommandFailure(alarms.join('\n'));
    });
}

async function policyAt(path: string | undefined): Promise<Policy> {
  const { readPolicyFile, workerParts } = await import('../embedded.ts');
  if (path === undefined) {
    const found = await loadConfig(undefined);
    return (await workerParts(found.config as HoldpointConfig, found.path)).policy;
  }
  return orUsage(() => readPolicyFile(path));
}

async function keysAt(path: string) {
  const file = await soundKeysFile(path);
  if (file !== undefined) return file.keys;
  throw new CommandFailure(`There is no file ${path}.`, EXIT.usage);
}

function reachLines({ tier, able, unknownGroups, alarms }: TierReach): readonly string[] {
  const { name, route, reviewers, groups = [], quorum = 1, proof = 'claimed' } = tier;
  const known = able === 'anyone' ? [] : able;
  const others = unknownGroups.map((group) => `whoever is in ${group}`);
  return [
    `${name}: ${route}`,
    `  may decide ${whoText({ reviewers, groups })}`,
    ...(able === 'anyone' ? [] : [`  that is    ${[...known, ...others].join(', ') || 'nobody'}`]),
    `  it takes   ${quorum === 1 ? '1 person' : `${quorum} people`}, ${proof === 'signed' ? 'signed' : 'CLAIMED: nothing proves who decides'}`,
    `  clock      ${clockText(tier)}`,
    ...alarms.map((alarm) => `  ALARM      ${alarm}`),
  ];
}

function clockText(tier: Tier): string {
  const {
    respondWithinMs,
    remindAfterMs,
    repeat,
    escalateAfterMs,
    escalateTo = '',
    onNoResponse,
  } = tier;
  const times = repeat === undefined ? '' : `, ${repeat} times at most`;
  const end =
    onNoResponse === 'escalate' ? `on to ${escalateTo}` : silenceText('action', onNoResponse);
  return [
    ...(remindAfterMs === undefined ? [] : [`reminded every ${lengthText(remindAfterMs)}${times}`]),
    ...(escalateAfterMs === undefined
      ? []
      : [`after ${lengthText(escalateAfterMs)} ${escalateTo} is asked as well`]),
    `after ${lengthText(respondWithinMs)} ${end}`,
  ].join('; ');
}

const UNITS = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
] as const;

/** In the largest unit that divides it. */
function lengthText(ms: number): string {
  const [unitMs, unit] = UNITS.find(([one]) => ms % one === 0) ?? [1, 'ms'];
  return `${ms / unitMs} ${unit}`;
}
