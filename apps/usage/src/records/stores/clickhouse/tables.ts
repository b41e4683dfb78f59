/** Blocks whose tokens a table remembers: far more than are written while one that was interrupted is tried again. */
const BLOCKS_REMEMBERED = 10_000;

/** Tables of sums: those by minute go early, so they have partitions of their own. */
export const SUMS_TABLES = ['usage_minute', 'usage_sums'] as const;
export type SumsTable = (typeof SUMS_TABLES)[number];

/**
 * The tables, as statements that may be repeated. A record that comes again with the same id takes the place of the first, and the one that is
 * complete that of the one that was not; sums with the same key become one row. Every statement that reads them bears with rows that are not
 * merged yet. Times are milliseconds, as ids have them.
 */
export function tablesOf(database: string): string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}`,
    `CREATE TABLE IF NOT EXISTS ${database}.request_record (
      at DateTime64(3, 'UTC'), id UUID, owner_id UUID, version UInt8, request_id String, caller LowCardinality(String), user_id Nullable(UUID),
      organisation_id Nullable(UUID), environment LowCardinality(Nullable(String)), key_id Nullable(UUID), project_id Nullable(UUID),
      session_id Nullable(UUID), service LowCardinality(Nullable(String)), tier LowCardinality(Nullable(String)),
      route LowCardinality(Nullable(String)), upstream LowCardinality(Nullable(String)), address_class LowCardinality(Nullable(String)),
      method LowCardinality(String), status UInt16, duration_us Int64, first_byte_us Nullable(Int64), upstream_us Nullable(Int64), attempts UInt16,
      request_bytes Int64, response_bytes Int64, limit_name LowCardinality(Nullable(String)), limit_max Nullable(Int32),
      limit_window_seconds Nullable(Int32), limit_remaining Nullable(Int32), limit_reset_seconds Nullable(Int32), limit_degraded Bool,
      code LowCardinality(Nullable(String)), failure LowCardinality(Nullable(String)), scope LowCardinality(Nullable(String)),
      required_role LowCardinality(Nullable(String)), replay_of Nullable(String), operation LowCardinality(Nullable(String)),
      price_version Nullable(Int32), hold_id Nullable(String), held_micro Nullable(Int64), charged_micro Nullable(Int64),
      charge_state LowCardinality(Nullable(String)), cost Nullable(Float64), balance Nullable(Float64), provider LowCardinality(Nullable(String)),
      model LowCardinality(Nullable(String)), input_tokens Nullable(Int64), output_tokens Nullable(Int64), cache_read_tokens Nullable(Int64),
      cache_write_tokens Nullable(Int64), reasoning_tokens Nullable(Int64), ttft_us Nullable(Int64), violations Nullable(Int32),
      blocked Nullable(Bool), model_call Nullable(String),
      INDEX id_index id TYPE bloom_filter GRANULARITY 1, INDEX request_id_index request_id TYPE bloom_filter GRANULARITY 1,
      INDEX user_index user_id TYPE bloom_filter GRANULARITY 1, INDEX at_index at TYPE minmax GRANULARITY 1
    ) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMMDD(at) ORDER BY (owner_id, at, id)
      SETTINGS non_replicated_deduplication_window = ${BLOCKS_REMEMBERED}`,
    columnsSince(database),
    sumsTable(`${database}.usage_minute`, 'toYYYYMMDD(at)'),
    sumsTable(`${database}.usage_sums`, 'toYYYYMM(at)'),
    `CREATE TABLE IF NOT EXISTS ${database}.imported (unit LowCardinality(String), at DateTime('UTC'))
      ENGINE = ReplacingMergeTree ORDER BY (unit, at)`,
  ];
}

/** Columns of records that releases after the table's brought, as a statement that may be repeated. */
export function columnsSince(database: string): string {
  return `ALTER TABLE ${database}.request_record ADD COLUMN IF NOT EXISTS key_prefix Nullable(String),
    ADD COLUMN IF NOT EXISTS path LowCardinality(Nullable(String))`;
}

/** `origin` tells rows that were copied from those that were summed, so that a copy which was interrupted is removed and made again. */
function sumsTable(name: string, partition: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
      unit LowCardinality(String), owner_id UUID, at DateTime('UTC'), user_id UUID, key_id UUID, project_id UUID, environment LowCardinality(String),
      route LowCardinality(String), status_class UInt8, provider LowCardinality(String), model LowCardinality(String), origin LowCardinality(String),
      requests Int64, errors Int64, blocked Int64, charged_micro Int64, input_tokens Int64, output_tokens Int64, cache_read_tokens Int64,
      cache_write_tokens Int64, reasoning_tokens Int64, violations Int64, latencyMap Nested(bucket UInt8, count Int64),
      ttftMap Nested(bucket UInt8, count Int64), INDEX user_index user_id TYPE bloom_filter GRANULARITY 1
    ) ENGINE = SummingMergeTree PARTITION BY ${partition}
      ORDER BY (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model, origin)
      SETTINGS non_replicated_deduplication_window = ${BLOCKS_REMEMBERED}`;
}

/** Where sums of a unit are. */
export function tableOf(unit: string): SumsTable {
  return unit === 'minute' ? 'usage_minute' : 'usage_sums';
}
