import type { ExportedTable } from '@turnpike/service-kit';

/** How one table's rows of a person are exported, and what an erasure (`llm_erase_user`) does to them. */
interface PersonalTable extends ExportedTable {
  readonly erasure: string;
}

/** Tables of this database that hold personal data. A test fails until a new one is named here or in `IMPERSONAL_TABLES`. */
export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    table: 'violation',
    section: 'policy_violations',
    exportSql: `SELECT id, created_at, request_id, provider, model, policy_name, type, category, severity, action, direction, location, match_count,
                       excerpt, phase FROM violation WHERE user_id = $1::uuid ORDER BY created_at, id`,
    erasure: 'stays as a count without the person, request id, excerpt and matches',
  },
  {
    table: 'policy',
    section: undefined,
    exportSql: undefined,
    erasure: 'stays, the organisation’s, without who made it',
  },
  {
    table: 'policy_version',
    section: undefined,
    exportSql: undefined,
    erasure: 'stays, the organisation’s, without who made it',
  },
  {
    table: 'kept_object',
    section: 'kept_at_vendors',
    exportSql: `SELECT credential_id, id, kind, organisation_id, environment, object, created_at FROM kept_object WHERE user_id = $1::uuid
                 ORDER BY created_at, id`,
    erasure: 'deleted here and then at the vendor (forgotten_object); an organisation’s stays without who made it',
  },
  {
    table: 'kept_item',
    section: undefined,
    exportSql: undefined,
    erasure: 'goes and stays with the response or conversation that it belongs to, in kept_object',
  },
  {
    table: 'batch',
    section: 'batches_at_vendors',
    exportSql: `SELECT id, state, provider, vendor_id, organisation_id, environment, request_id, input_file_id, requests, object, outcome, usage, cost,
                       created_at, done_at FROM batch WHERE user_id = $1::uuid ORDER BY created_at, id`,
    erasure: 'deleted here and then at the vendor (forgotten_batch); an organisation’s stays without who made it',
  },
];

/** Tables without personal data, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  policy_set_revision: 'ids of organisations, and when their policies changed last',
  policy_clock: 'one number',
  key_budget: 'ids of API keys, and what calls with them cost',
  key_spend: 'ids of API keys, and what calls with them cost by day',
  key_hold: 'ids of API keys and of holds of the last days, and what they cost',
  forgotten_object: 'ids of what people kept at vendors who were erased, until it is deleted there',
  forgotten_batch: 'ids of batches of people who were erased, until they are deleted at the vendor',
  erased_user:
    'bare ids of people who were erased in the last days, so that what was under way then does not name them again',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
