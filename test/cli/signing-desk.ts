/** A desk whose deletions take a signature and whose refunds take two people, and the keys of Rita and Ben. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { DEFAULT_TIERS, type Policy, type Tier } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { trustedKeysFrom } from '../../workers/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { openWorld, type World } from '../support/world.ts';
import { commandLine, type Said } from './command-line.ts';

/** Deletions and questions wait at `synchronous_gate`, refunds above 100 at `async_review`, above 1,000 at `escalation`. */
const OWN: Readonly<Record<string, Partial<Tier>>> = {
  synchronous_gate: { reviewers: ['rita', 'ben'], proof: 'signed' },
  async_review: { reviewers: ['rita', 'ben', 'cleo'], quorum: 2 },
};

function signingPolicy(): Policy {
  return deskPolicy({ tiers: DEFAULT_TIERS.map((tier) => ({ ...tier, ...OWN[tier.name] })) });
}

export interface SigningDesk {
  readonly world: World;
  /** Whose keys are believed. */
  readonly trusted: string;
  /** Where somebody's own keys are. */
  readonly homeOf: (person: string) => string;
  /** `holdpoint`, as this person, on their own machine. */
  readonly as: (person: string, ...args: readonly string[]) => Promise<Said>;
  readonly environmentOf: (person: string) => NodeJS.ProcessEnv;
  readonly gateOf: (call: Call) => Promise<{ session: string; gate: PendingApproval }>;
  readonly close: () => Promise<void>;
}

interface Call {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export const DELETE: Call = { name: 'delete_record', arguments: { id: 'c-1' } };

export async function openSigningDesk(): Promise<SigningDesk> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-signing-'));
  const trusted = join(folder, 'trusted-keys.json');
  const homeOf = (person: string): string => join(folder, person);
  const environmentOf = (person: string): NodeJS.ProcessEnv => ({
    HOME: homeOf(person),
    HOLDPOINT_USER: person,
  });
  for (const person of ['rita', 'ben']) {
    const environment = environmentOf(person);
    await commandLine(['keys', 'new', '--kid', person], environment);
    await commandLine(['keys', 'trust', trusted, person], environment);
  }
  const world = await openWorld({ policy: signingPolicy(), keys: trustedKeysFrom(trusted) });
  return {
    world,
    trusted,
    homeOf,
    environmentOf,
    as: async (person, ...args) => {
      const at = ['--address', inject('temporalAddress'), '--task-queue', world.taskQueue];
      return commandLine([...at, ...args], environmentOf(person));
    },
    gateOf: async (call) => {
      const session = await world.start({ turns: [{ calls: [call] }, { text: 'All done.' }] });
      return { session, gate: await world.oneGate(session) };
    },
    close: async () => {
      await world.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** What a decision names: the run and the bytes that were shown. */
export function shown({ runId, payloadDigest }: PendingApproval): readonly string[] {
  return ['--run', runId, '--digest', payloadDigest];
}
