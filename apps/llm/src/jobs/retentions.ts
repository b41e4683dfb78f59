import type { Retention, TableLives } from '@turnpike/service-kit';

const DAY_SECONDS = 86_400;
/** How long a person who was erased is remembered as such, in days: longer than anything of theirs can be under way. */
const ERASED_DAYS = 3;
/** How long what a call or a batch held of its key's limit can be corrected, and the days of which months are summed, in days. */
const KEY_HOLD_DAYS = 10;
const KEY_SPEND_DAYS = 40;
/** How long after its last call a key is shown what it has spent in all, whose limit is not one in all, in days. */
const KEY_BUDGET_DAYS = 400;
/** How long a response, a completion and what names a container can be named again, in days: vendors keep them for thirty. */
const RESPONSE_DAYS = 31;
/** How long an interaction can be named again, in days: Google keeps them for fifty-five. */
const INTERACTION_DAYS = 56;
/** How long a batch can be asked for after its end, in days. */
const BATCH_DAYS = 31;
/** How long a file of Google's, or an upload, can be named, in days: Google keeps files for two, OpenAI uploads for an hour. */
const GOOGLE_DAYS = 2;
/** How long it is tried to delete at a vendor what somebody kept who was erased, in days. */
const FORGOTTEN_DAYS = 90;

/** What the LLM gateway keeps for a time, given how long that is for violations. */
export function retentionsOf(violationsDays: number): readonly Retention[] {
  const keptSeconds = violationsDays * DAY_SECONDS;
  return [
    { table: 'violation', column: 'created_at', keptSeconds },
    { table: 'policy', column: 'deleted_at', keptSeconds, condition: 'deleted_at IS NOT NULL' },
    { table: 'key_hold', column: 'created_at', keptSeconds: KEY_HOLD_DAYS * DAY_SECONDS },
    // To forget what a key has spent in all would give it its total again.
    {
      table: 'key_budget',
      column: 'used_on',
      keptSeconds: KEY_BUDGET_DAYS * DAY_SECONDS,
      condition: 'NOT total AND held = 0',
    },
    { table: 'key_spend', column: 'day', keptSeconds: KEY_SPEND_DAYS * DAY_SECONDS },
    {
      table: 'kept_object',
      column: 'created_at',
      keptSeconds: RESPONSE_DAYS * DAY_SECONDS,
      condition: "kind = 'response'",
    },
    {
      table: 'kept_object',
      rows: 'kept_object.created_at (completions, containers)',
      column: 'created_at',
      keptSeconds: RESPONSE_DAYS * DAY_SECONDS,
      condition: "kind IN ('completion', 'container')",
    },
    {
      table: 'kept_object',
      rows: 'kept_object.created_at (interactions)',
      column: 'created_at',
      keptSeconds: INTERACTION_DAYS * DAY_SECONDS,
      condition: "kind = 'interaction'",
    },
    {
      table: 'batch',
      column: 'done_at',
      keptSeconds: BATCH_DAYS * DAY_SECONDS,
      condition: 'done_at IS NOT NULL',
    },
    {
      table: 'kept_object',
      rows: 'kept_object.created_at (google)',
      column: 'created_at',
      keptSeconds: GOOGLE_DAYS * DAY_SECONDS,
      condition: "kind = 'upload' OR (kind = 'file' AND id LIKE 'files/%')",
    },
    { table: 'forgotten_object', column: 'created_at', keptSeconds: FORGOTTEN_DAYS * DAY_SECONDS },
    { table: 'forgotten_batch', column: 'created_at', keptSeconds: FORGOTTEN_DAYS * DAY_SECONDS },
    { table: 'erased_user', column: 'erased_at', keptSeconds: ERASED_DAYS * DAY_SECONDS },
  ];
}

/** The tables that the sweep has nothing to do with. */
export const STAYING: TableLives = {
  kept_item: {
    life: 'with the response or conversation that it belongs to',
    endedBy: 'the end of that row of kept_object',
  },
  policy_clock: { life: 'one row' },
  policy_set_revision: { life: 'one row for each organisation whose policies have changed' },
  policy_version: { life: 'with its policy', endedBy: 'the end of that row of policy' },
};
