/** What the database itself refuses, whoever asks: shown with plain SQL, past the store. */
import { expect, test } from 'vitest';

const REFUSED = [
  `update holdpoint.audit_events set run_id = 'another'`,
  `delete from holdpoint.audit_events`,
  `delete from holdpoint.audit_events where false`,
  `truncate holdpoint.audit_events`,
  `delete from holdpoint.ledger`,
  `truncate holdpoint.ledger cascade`,
  `update holdpoint.spent_decisions set key = key`,
  `delete from holdpoint.spent_decisions`,
  `truncate holdpoint.spent_decisions`,
  `update holdpoint.late_decisions set reply = '{}'`,
  `delete from holdpoint.late_decisions`,
  `truncate holdpoint.late_decisions`,
  `update holdpoint.kills set verb = 'lift'`,
  `delete from holdpoint.kills`,
  `truncate holdpoint.kills`,
];

const FORGED = `insert into holdpoint.audit_events
  (session_id, first_execution_run_id, hash, previous_hash, seq, run_id, body, event_type, agent_id, action_type, at)
  select session_id, first_execution_run_id, repeat('f', 64), previous_hash, seq, run_id, body, event_type, agent_id,
    action_type, at from holdpoint.audit_events limit 1`;

/** Expects a database in which something was stored. */
export function databaseKeeps(execute: () => (statement: string) => Promise<unknown>): void {
  test.each(REFUSED)('H2, H7, H8, H12: the database refuses: %s', async (statement) => {
    await expect(execute()(statement)).rejects.toThrow(/is refused: holdpoint\.\w+ keeps/);
  });

  test('H8: the database refuses an event whose hash is not that of its bytes', async () => {
    await expect(execute()(FORGED)).rejects.toThrow('hash_is_of_body');
  });

  test('the database refuses a content under another digest', async () => {
    const statement = `insert into holdpoint.contents (digest, bytes) values (repeat('f', 64), 'text')`;
    await expect(execute()(statement)).rejects.toThrow('digest_is_of_bytes');
  });

  test('an unknown state of the ledger is refused', async () => {
    const statement = `update holdpoint.ledger set state = 'approved'`;
    await expect(execute()(statement)).rejects.toThrow('known_state');
  });
}
