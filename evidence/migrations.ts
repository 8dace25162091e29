/**
 * The schema's history, as SQL that PostgreSQL and PGlite both run. A migration that was released is never changed:
 * a further one follows it. What guards the evidence without trust in the code above stands here:
 *
 * H8 an event's hash is the SHA-256 of its stored bytes, and no statement changes or removes an event
 * H2 a decision is spent on one action · H7 an order of the kill switch stays as it was given
 * H12 an entry of the ledger is never removed, so that its action can't run again
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const AUDIT_EVENTS = `
create table holdpoint.audit_events (
  session_id text not null,
  first_execution_run_id text not null,
  hash text not null,
  previous_hash text not null,
  seq bigint not null,
  run_id text not null,
  body text not null,
  event_type text not null,
  agent_id text not null,
  action_type text not null,
  at timestamptz(3) not null,
  stored_at timestamptz(3) not null default now(),
  primary key (session_id, first_execution_run_id, hash),
  constraint hash_is_of_body check (hash = encode(sha256(convert_to(body, 'UTF8')), 'hex')),
  constraint seq_from_1 check (seq >= 1),
  constraint first_follows_nothing check ((seq = 1) = (previous_hash = repeat('0', 64)))
)`;

const LEDGER = `
create table holdpoint.ledger (
  key text primary key,
  session_id text not null,
  first_execution_run_id text not null,
  run_id text not null,
  agent_id text not null,
  action_id text not null,
  action_type text not null,
  payload_digest text not null,
  decision_id text,
  one_shot boolean not null,
  state text not null,
  result text,
  happened boolean,
  settled_by text,
  message text,
  reserved_at timestamptz(3) not null default now(),
  moved_at timestamptz(3) not null,
  constraint known_state check (state in
    ('reserved', 'started', 'done', 'failed_before_effect', 'unknown', 'reconciled', 'fenced'))
)`;

const KILLS = `
create table holdpoint.kills (
  seq bigint generated always as identity primary key,
  order_id text not null unique,
  verb text not null,
  agent_id text,
  operator_id text not null,
  reason text not null,
  ordered_at timestamptz(3) not null,
  stored_at timestamptz(3) not null,
  constraint known_verb check (verb in ('kill', 'lift'))
)`;

const REFUSE_CHANGE = `
create function holdpoint.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is refused: holdpoint.% keeps what was stored', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end
$$`;

// On each statement, not each row: also one that meets no row is refused. `always`: also where replication replays.
function keeping(table: string, refused: string): readonly string[] {
  return [
    `create trigger ${table}_keeps before ${refused} on holdpoint.${table}
      for each statement execute function holdpoint.refuse_change()`,
    `alter table holdpoint.${table} enable always trigger ${table}_keeps`,
  ];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'evidence',
    statements: [
      AUDIT_EVENTS,
      `create index audit_events_seq on holdpoint.audit_events (session_id, first_execution_run_id, seq)`,
      `create index audit_events_executed on holdpoint.audit_events (agent_id, action_type)
        where event_type = 'executed'`,
      `create table holdpoint.sessions (
        session_id text not null,
        first_execution_run_id text not null,
        paused boolean not null default false,
        changed_at timestamptz(3) not null default now(),
        primary key (session_id, first_execution_run_id)
      )`,
      LEDGER,
      `create index ledger_session on holdpoint.ledger (session_id, first_execution_run_id)`,
      `create index ledger_executed on holdpoint.ledger (agent_id, action_type)
        where state in ('done', 'reconciled')`,
      `create table holdpoint.spent_decisions (
        session_id text not null,
        first_execution_run_id text not null,
        decision_id text not null,
        key text not null references holdpoint.ledger (key),
        spent_at timestamptz(3) not null default now(),
        primary key (session_id, first_execution_run_id, decision_id)
      )`,
      `create table holdpoint.contents (
        digest text primary key,
        bytes bytea not null,
        stored_at timestamptz(3) not null default now(),
        constraint digest_is_of_bytes check (digest = encode(sha256(bytes), 'hex'))
      )`,
      `create table holdpoint.late_decisions (
        session_id text not null,
        gate_id text not null,
        decision_id text not null,
        fingerprint text not null,
        decision text not null,
        reply text not null,
        stored_at timestamptz(3) not null default now(),
        primary key (session_id, gate_id, decision_id, fingerprint)
      )`,
      REFUSE_CHANGE,
      ...keeping('audit_events', 'update or delete or truncate'),
      ...keeping('late_decisions', 'update or delete or truncate'),
      ...keeping('spent_decisions', 'update or delete or truncate'),
      ...keeping('ledger', 'delete or truncate'),
    ],
  },
  {
    version: 2,
    name: 'kills',
    statements: [
      KILLS,
      `create index kills_last on holdpoint.kills (agent_id, seq desc)`,
      ...keeping('kills', 'update or delete or truncate'),
    ],
  },
];
