/**
 * Every bound of Holdpoint, with its unit in its name and its reason beside it.
 * Nothing in the product grows without one of these, or one of the policy's own limits.
 */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A dead worker is noticed within this time, so that an outcome is not unknown for long. */
export const HEARTBEAT_TIMEOUT_MS = 10 * SECOND_MS;

/**
 * What Holdpoint runs as a local activity: it has to end within its workflow task, which the SDK would end after 8 s and
 * begin another (workflows/task-order.ts).
 */
export const LOCAL_MS = 4 * SECOND_MS;

/** A gate or tier may not wait longer than this for an answer (it may `hold`, which repeats). */
export const RESPOND_WITHIN_MAX_MS = 30 * DAY_MS;

/** Below this a deadline is noise: a person can't have read the request. Tests of the ladder use it. */
export const RESPOND_WITHIN_MIN_MS = 1 * SECOND_MS;

/** Payloads up to this size stand in audit events; larger ones by digest, their bytes in the evidence store. */
export const EVENT_PAYLOAD_BYTES_MAX = 16 * 1024;

/** Arguments of one action. Beyond it the call goes back to the model: nobody reads more than this. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;

/** Nesting of arguments, modifications and results: what comes from outside. */
export const JSON_DEPTH_MAX = 32;

/** Nesting of what is hashed: what came from outside, in the envelopes that events and conversations put around it. */
export const HASHED_DEPTH_MAX = 2 * JSON_DEPTH_MAX;

/** Identifiers that come from outside: decisionId, reviewerId, operatorId, gateId. */
export const ID_CHARACTERS_MAX = 200;

/** A person's words: rationale, reason, instruction. */
export const RATIONALE_CHARACTERS_MAX = 8_000;

/** An update as it travels: room for the largest decision, every character escaped, and well under the server's 2 MiB. */
export const UPDATE_BYTES_MAX = 1_800 * 1024;

/** What a query answers: well under the server's 2 MiB. */
export const ANSWER_BYTES_MAX = 1_800 * 1024;

/** What a run hands on to the next: under the same 2 MiB, with room for the decisions that come while it leaves. */
export const CARRIED_BYTES_MAX = 1_500 * 1024;

/** As much of a refused message's words as its event repeats: a flood of refusals may not fill a task or a trail. */
export const REFUSED_WORDS_CHARACTERS_MAX = 500;

/** Refused decisions that are recorded for one gate, and likewise for messages that name no gate of the session. */
export const REFUSALS_RECORDED_MAX = 256;

/** Decisions kept for gates that are not open yet, and as many for keys and people that are being looked up. */
export const KEPT_DECISIONS_MAX = 32;

/** Decision ids remembered, so that a resend gets the same answer, across continue-as-new too. */
export const SEEN_DECISIONS_MAX = 512;

/** Their bytes in all: continue-as-new carries them. */
export const KEPT_DECISIONS_BYTES_MAX = 256 * 1024;

/** Ended gates remembered, so that a late decision is told what happened. */
export const ENDED_GATES_MAX = 256;

/** Runs a session remembers to have continued from: a decision shown in one of them still counts. */
export const ANCESTOR_RUNS_MAX = 16;

/** Kills that are listed one by one; the rest is a count. */
export const KILLS_LISTED_MAX = 500;

/** Instructions of operators that wait for the next model turn. */
export const INSTRUCTIONS_MAX = 64;
export const INSTRUCTIONS_BYTES_MAX = 256 * 1024;

/** Open gates that stand in the memo one by one; the rest is a count. The server warns above 2 KiB of memo. */
export const MEMO_GATES_MAX = 4;

/** Audit events of one memo write. Larger batches are split, since one payload may not exceed 2 MiB. */
export const MEMO_EVENTS_BYTES_MAX = 128 * 1024;

/** What one activity stores of a trail. JSON within JSON may take twice as much, and its input may not exceed 2 MiB. */
export const EVIDENCE_SLICE_BYTES_MAX = 512 * 1024;

/** Machine events wait for the next carrier, but not beyond this many bytes. */
export const UNWRITTEN_BYTES_MAX = 32 * 1024;

/** The part of a conversation that travels in activity inputs; what is older stands in the evidence store. */
export const CONVERSATION_INLINE_BYTES_MAX = 64 * 1024;

/** What the confidence model reads of an answer (source lesson). */
export const CONFIDENCE_ANSWER_CHARACTERS_MAX = 500;

/** Payload shown in Temporal UI's Current Details, per gate; the whole page stays under 20,000 bytes. */
export const SHOWN_PAYLOAD_CHARACTERS_MAX = 3_000;
export const SHOWN_REASON_CHARACTERS_MAX = 1_000;
export const SHOWN_FIELD_CHARACTERS_MAX = 300;
export const CURRENT_DETAILS_CHARACTERS_MAX = 19_500;

/** A summary in Temporal UI. The server's limit is 400 bytes of the payload, its metadata and quotes among them. */
export const SUMMARY_CHARACTERS_MAX = 180;
export const SUMMARY_BYTES_MAX = 360;

/** One tool result as the model sees it. A longer one is cut, and says so. */
export const TOOL_RESULT_CHARACTERS_MAX = 32_000;

/** The definition of one tool of an MCP server. A larger one is not offered to any model. */
export const MCP_TOOL_BYTES_MAX = 64 * 1024;

/** Tools of one MCP server. Models choose badly among far fewer. */
export const MCP_TOOLS_MAX = 256;

/** A server's description of a tool, as models get it with every turn. */
export const MCP_DESCRIPTION_CHARACTERS_MAX = 4_000;

/** Why a person looks at a call of an MCP tool: it stands in the gate, hashed. */
export const MCP_NOTE_CHARACTERS_MAX = 1_000;

/** An address that an outcome is sent to. */
export const CALLBACK_CHARACTERS_MAX = 2_000;

/** How long the outcome of an external gate is sent again while its receiver does not take it. */
export const CALLBACK_WITHIN_MS = 3 * DAY_MS;

/** The longest a request may wait for an outcome. Proxies between two machines commonly give up after a minute. */
export const WAIT_MAX_MS = 60 * SECOND_MS;

/** Sub-agents below the root's session. Each may start sixteen in a turn: more levels are no plan, but a loop. */
export const SESSION_DEPTH_MAX = 5;

/** What Temporal takes as a workflow id. */
export const SESSION_ID_CHARACTERS_MAX = 1_000;

/** A final answer. */
export const ANSWER_CHARACTERS_MAX = 64_000;

/** A signed decision: header, claims and signature. Its words and modifications are in it by their digest. */
export const PROOF_CHARACTERS_MAX = 6_000;
export const PROOF_GROUPS_MAX = 64;

/** A signature that is good for longer is a signed blank. */
export const PROOF_LIFETIME_MAX_MS = 24 * HOUR_MS;

/** As much as the clocks of a reviewer and of Temporal may differ. */
export const PROOF_SKEW_MS = 60 * SECOND_MS;

/** Keys of reviewers and gateways. A session carries them from run to run. */
export const TRUSTED_KEYS_MAX = 256;

/**
 * Signatures that are verified for one gate at once; then one a second. It takes 2 to 5 ms of a worker's CPU, and whoever
 * may signal a workflow can send any number of false ones.
 */
export const PROOF_TRIES_MAX = 64;
export const PROOF_RETRY_AFTER_MS = 1_000;

/** Uses of one standing grant, whatever a policy allows: beyond it nobody remembers what they granted. */
export const GRANT_TIMES_MAX = 1_000;
export const GRANT_BOUNDS_MAX = 16;
/** Its terms: they stand in the trail, in each consent, and in what continue-as-new carries. */
export const GRANT_CHARACTERS_MAX = 8_000;

/** Standing grants of one session at a time. */
export const GRANTS_MAX = 32;

/** Payloads that were rejected in a session, remembered so that the same one is refused at once, with as much of why. */
export const REJECTED_PAYLOADS_MAX = 256;
export const REJECTED_WORDS_CHARACTERS_MAX = 1_000;

/** Gates of a session that one hour's count remembers: continue-as-new carries when each opened. */
export const GATES_PER_HOUR_MAX = 10_000;

/** A claim that nobody releases ends by itself, unless the tier says when. */
export const CLAIM_MS = 10 * MINUTE_MS;

/** People who have to approve one gate. */
export const QUORUM_MAX = 16;

/** What a session knows of keys and people is looked up again, when a gate opens or a decision comes, after this long … */
export const TRUST_FRESH_MS = 5 * MINUTE_MS;
/** … and for keys or accounts that it does not know: so many times at once, then at most this often. */
export const TRUST_LOOKUPS_MAX = 64;
export const TRUST_AGAIN_AFTER_MS = 10 * SECOND_MS;

/** Accounts that a session remembers to have asked a directory about, beside those behind the session itself. */
export const TRUST_ACCOUNTS_MAX = 128;

/** As long as the executing activity tries to find out who may decide. It has 10 s beyond its tool's own time. */
export const TRUST_WITHIN_MS = 4 * SECOND_MS;

/** People that one directory answers with, or one file lists; and those that a policy does, which histories carry. */
export const PEOPLE_MAX = 10_000;
export const POLICY_PEOPLE_MAX = 1_000;
export const PERSON_ACCOUNTS_MAX = 32;
export const PERSON_GROUPS_MAX = 1_000;

/** Notices of one session on their way. */
export const NOTICES_MAX = 256;

/** How long one is tried again, while it is still of use. */
export const NOTICE_WITHIN_MS = 60 * MINUTE_MS;

/** What a session that ends waits for its last ones. */
export const NOTICES_AT_END_MS = 30 * SECOND_MS;

/** What a directory or a list of keys may answer with. */
export const TRUST_BYTES_MAX = 4 * 1024 * 1024;
