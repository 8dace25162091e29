/**
 * How people have kept up, counted in the database: of the gates that were presented in a window, how they ended and how
 * fast. A gate whose session has not stored its events yet is not among them.
 */
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { GateFigures, GateFiguresOf, Window } from './store.ts';

interface Row {
  readonly [column: string]: unknown;
  readonly by: 'all' | 'tier' | 'day';
  readonly name: string | null;
  readonly response: readonly (number | string)[] | null;
}

/** PostgreSQL reads no JSON with a U+0000 in it, which a payload may hold; neither of the two fields does. */
const FIELDS = sql`replace(body, ${'\\u0000'}, ${'\\ufffd'})::json`;

/** After a Reset a gate may be presented, and end, on two branches: it is one gate, and its first end counts. */
export async function readGateFigures(
  database: Database,
  { from, to }: Window,
): Promise<GateFigures> {
  const [begin, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const result: unknown = await database.execute(sql`
    with events as materialized (
      select session_id, first_execution_run_id, at, event_type,
        fields ->> 'gateId' as gate_id, fields ->> 'tier' as tier
      from holdpoint.audit_events, lateral (select ${FIELDS} as fields) as read
      where at >= ${begin} and event_type in
        ('gate_presented', 'approved', 'modified', 'rejected', 'expired', 'withdrawn')
    ), presented as (
      select distinct on (session_id, first_execution_run_id, gate_id) *
      from events
      where event_type = 'gate_presented' and at < ${end}
      order by session_id, first_execution_run_id, gate_id, at
    ), ended as (
      select distinct on (session_id, first_execution_run_id, gate_id) *
      from events
      where event_type <> 'gate_presented'
      order by session_id, first_execution_run_id, gate_id, at
    ), gates as (
      select coalesce(ended.tier, presented.tier) as tier, ended.event_type as outcome,
        to_char(presented.at at time zone 'UTC', 'YYYY-MM-DD') as day,
        extract(epoch from ended.at - presented.at) * 1000 as response_ms
      from presented
      left join ended using (session_id, first_execution_run_id, gate_id)
    )
    select
      case when grouping(tier) = 0 then 'tier' when grouping(day) = 0 then 'day' else 'all' end as by,
      coalesce(tier, day) as name,
      count(*) as presented,
      count(*) filter (where outcome = 'approved') as approved,
      count(*) filter (where outcome = 'modified') as modified,
      count(*) filter (where outcome = 'rejected') as rejected,
      count(*) filter (where outcome = 'expired') as expired,
      count(*) filter (where outcome = 'withdrawn') as withdrawn,
      percentile_cont(array[0.5, 0.9, 0.99]) within group (order by response_ms)
        filter (where outcome in ('approved', 'modified', 'rejected')) as response
    from gates
    group by grouping sets ((), (tier), (day))
    order by name`);
  // Both drivers answer so; the type that drizzle gives them does not say it.
  const { rows } = result as { readonly rows: readonly Row[] };
  const of = (by: Row['by']): readonly Row[] => rows.filter((row) => row.by === by);
  const [all] = of('all').map(figuresOf);
  return {
    all: all ?? NONE,
    byTier: of('tier').map((row) => ({ name: row.name ?? '', ...figuresOf(row) })),
    byDay: of('day').map((row) => ({ name: row.name ?? '', ...figuresOf(row) })),
  };
}

const NONE: GateFiguresOf = {
  presented: 0,
  approved: 0,
  modified: 0,
  rejected: 0,
  expired: 0,
  withdrawn: 0,
};

/** PostgreSQL's counts come as text. */
function figuresOf(row: Row): GateFiguresOf {
  const counts = Object.fromEntries(
    Object.keys(NONE).map((name) => [name, Number(row[name])]),
  ) as unknown as GateFiguresOf;
  const [p50, p90, p99] = (row.response ?? []).map(Number);
  return p50 === undefined || p90 === undefined || p99 === undefined
    ? counts
    : { ...counts, responseMs: { p50, p90, p99 } };
}
