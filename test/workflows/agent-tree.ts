/** What the tests of sub-agents share: agents as tools, a policy that lets one of them start by itself, and their ends. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { defineAgentTool, type ScriptedCall } from '../../activities/index.ts';
import { type AuditEvent, type Policy, verifyChain } from '../../domain/index.ts';
import { deskPolicy, type Script } from '../support/desk.ts';
import { until } from '../support/until.ts';
import type { World } from '../support/world.ts';

export const RESEARCHER = 'researcher';
export const OPERATOR = { operatorId: 'oscar', reason: 'wrong customer' };

/** `research` starts by itself; `hire` is not in the policy, and waits for a person. */
export const AGENT_TOOLS = [
  defineAgentTool({
    name: 'research',
    description: 'Finds out what a task needs.',
    agentId: RESEARCHER,
  }),
  defineAgentTool({
    name: 'hire',
    description: 'Gives a task to the contractor.',
    agentId: 'contractor',
    version: '2',
  }),
];

export function treePolicyWith(changes: Parameters<typeof deskPolicy>[0] = {}): Policy {
  return deskPolicy({
    tools: {
      search: { readOnly: true },
      glance: { readOnly: true },
      create_draft: { reversibility: 'reversible' },
      refund: { reversibility: 'partially_reversible', value: '/amount' },
      research: { reversibility: 'reversible' },
    },
    ...changes,
  });
}

export const treePolicy = treePolicyWith();

export const DONE = { text: 'All done.' };
export const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
export const research = (goal: string) => ({ name: 'research', arguments: { goal } });

export function newGoal(): string {
  return `goal ${randomUUID()}`;
}

export function typesOf(events: readonly AuditEvent[]): readonly string[] {
  return events.map((event) => event.eventType);
}

/** Starts a session whose one call is the sub-agent `script`, and waits for it. */
export async function startTree(
  world: World,
  script: Script,
  more: readonly ScriptedCall[] = [],
): Promise<{ readonly root: string; readonly child: string; readonly goal: string }> {
  const goal = newGoal();
  world.desk.play(goal, script);
  const root = await world.start({ turns: [{ calls: [research(goal), ...more] }, DONE] });
  return { root, child: await childOf(world, root), goal };
}

/** The sub-agent that a session waits for. */
export async function childOf({ holdpoint, client }: World, session: string): Promise<string> {
  return until(`a sub-agent of ${session}`, async () => {
    const { inFlight } = await holdpoint.status(session);
    const [child] = inFlight.flatMap(({ childSessionId }) => childSessionId ?? []);
    return child !== undefined && (await isThere(client, child)) && child;
  });
}

async function isThere(client: World['client'], session: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(session).describe();
    return true;
  } catch {
    return false;
  }
}

export async function untilPhase(
  { holdpoint }: World,
  session: string,
  phase: string,
): Promise<void> {
  await until(`${session} is ${phase}`, async () => {
    return (await holdpoint.status(session)).phase === phase;
  });
}

/** The trail of a session that has ended: whole, and in the evidence store to the last event. */
export async function endedTrail(world: World, session: string): Promise<readonly AuditEvent[]> {
  const events = await world.trail(session);
  const [stored] = await world.evidence.sessions(session);
  if (stored === undefined) throw new Error('The evidence store knows nothing of the session');
  expect((await world.evidence.events(stored)).map(({ event }) => event)).toEqual(events);
  expect(verifyChain(events)).toBeUndefined();
  expect(events.at(-1)).toMatchObject({ eventType: 'ended' });
  return events;
}

export function eventOf(events: readonly AuditEvent[], type: string): AuditEvent {
  const found = events.find((event) => event.eventType === type);
  if (found === undefined) throw new Error(`No ${type} in ${typesOf(events).join(', ')}`);
  return found;
}

/** The session that an event of its parent names. */
export function childIn({ details }: AuditEvent): string {
  const id = details?.['childSessionId'];
  if (typeof id !== 'string') throw new Error('The event names no sub-agent');
  return id;
}
