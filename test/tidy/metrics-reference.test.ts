/** docs/reference/metrics.md and the code hold each other, in both directions. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACTION_OUTCOMES } from '../../workers/telemetry/action-watch.ts';
import { createMetrics } from '../../workers/telemetry/metrics.ts';

const page = readFileSync('docs/reference/metrics.md', 'utf8');

test('metrics.md has every metric with its type and labels, and no other', async () => {
  const metrics = createMetrics({ tiers: ['a_tier'], tools: ['a_tool'] });
  metrics.flushed({ sessionId: 's', runId: 'r', isStored: true, tookMs: 1 });
  const tiers = [{ tier: 'a_tier', count: 1, oldestAgeMs: 1 }];
  const text = await metrics.text({
    openGates: { sessions: 1, isComplete: true, tiers },
    kills: [],
  });
  const inCode = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => {
    const sample = new RegExp(`^${name}(?:_count)?(?:\\{(.*?)\\})? `, 'm').exec(text);
    const labels = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map((match) => match[1] ?? '');
    return [name, { type, labels: labels.toSorted() }];
  });
  const onPage = [...page.matchAll(/^\| `(holdpoint_\w+)` \| (\w+) \| ([\w, ]*) ?\|/gm)].map(
    ([, name = '', type, labels = '']) => [
      name,
      {
        type,
        labels: labels
          .split(/[ ,]+/)
          .filter((label) => label !== '')
          .toSorted(),
      },
    ],
  );
  expect(onPage.length).toBeGreaterThan(10);
  expect(Object.fromEntries(onPage)).toEqual(Object.fromEntries(inCode));
});

test('metrics.md has every outcome of an action, and no other', () => {
  const [, outcomes = ''] = page.split('## Outcomes of an action');
  const [section = ''] = outcomes.split('\n## ');
  const named = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
  expect(new Set(named)).toEqual(new Set(ACTION_OUTCOMES));
});
