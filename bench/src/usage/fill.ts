import type pg from 'pg';

/** Who made the records: organisations, each with so many keys and members. */
const ORGANISATIONS = 200;
const KEYS_PER_ORGANISATION = 50;
const MEMBERS_PER_ORGANISATION = 10;
/** Records that one caller makes in a row, as programmes do. */
const BURST = 50;
const DAYS = 30;
/** Records written by one statement. */
const CHUNK = 5_000;

/** The id of the n-th organisation. */
export const organisationId = (n: number): string => idOf(1, n);
/** The id of the n-th member of an organisation. */
export const memberId = (organisation: number, n: number): string =>
  idOf(2, organisation * MEMBERS_PER_ORGANISATION + n);

function idOf(kind: number, n: number): string {
  return `0198000${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

/** Rows of a chunk, as the service hands them over; `$1` to `$2` count the records, `$3` is how many there are in all. */
const ROWS = `
  SELECT json_agg(json_build_object(
    'batch', 0, 'at', now() - (i::float8 / $3 * ${DAYS}) * interval '1 day',
    'id', encode(substring(int8send((extract(epoch FROM now() - (i::float8 / $3 * ${DAYS}) * interval '1 day') * 1000)::bigint) FROM 3) || '\\x7000'::bytea
      || substring(decode(md5(i::text), 'hex') FROM 1 FOR 8), 'hex')::uuid,
    'request_id', 'bench-' || i, 'caller', 'user',
    'user_id', '01980002-0000-7000-8000-' || lpad((o * ${MEMBERS_PER_ORGANISATION} + burst % ${MEMBERS_PER_ORGANISATION})::text, 12, '0'),
    'organisation_id', '01980001-0000-7000-8000-' || lpad(o::text, 12, '0'), 'environment', 'prod',
    'key_id', '01980003-0000-7000-8000-' || lpad((o * ${KEYS_PER_ORGANISATION} + burst / ${ORGANISATIONS} % ${KEYS_PER_ORGANISATION})::text, 12, '0'),
    'tier', 'pro', 'route', 'route-' || burst % 5, 'upstream', 'flash', 'method', 'GET',
    'status', CASE WHEN i % 20 = 0 THEN 404 ELSE 200 END, 'duration_us', 500 + i % 90000, 'first_byte_us', 400, 'upstream_us', 300, 'attempts', 1,
    'request_bytes', 0, 'response_bytes', 300, 'limit_name', 'minute', 'limit_max', 60, 'limit_window_seconds', 60, 'limit_remaining', 12,
    'limit_reset_seconds', 30))
    FROM (SELECT i, i / ${BURST} AS burst, i / ${BURST} % ${ORGANISATIONS} AS o FROM generate_series($1::bigint, $2::bigint) AS i) g`;

/** Fills the tables with so many records, spread evenly over 30 days, through the function that the service itself writes with. */
export async function fillRecords(database: pg.Client, records: number): Promise<void> {
  for (const [parent, days, pattern] of [
    ['request_record', 1, 'YYYYMMDD'],
    ['usage_minute', 1, 'YYYYMMDD'],
    ['usage_hour', 31, 'YYYYMM'],
    ['usage_day', 31, 'YYYYMM'],
    ['usage_hour_total', 31, 'YYYYMM'],
    ['usage_day_total', 31, 'YYYYMM'],
  ] as const) {
    const span = days === 1 ? '1 day' : '1 month';
    const unit = days === 1 ? 'day' : 'month';
    await database.query(`DO $$
      DECLARE v_day timestamptz;
      BEGIN
        FOR v_day IN SELECT DISTINCT date_trunc('${unit}', now() - d * interval '1 day', 'UTC') FROM generate_series(0, ${DAYS + 1}) d LOOP
          EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF ${parent} FOR VALUES FROM (%L) TO (%L)',
            '${parent}_' || to_char(v_day, '${pattern}'), v_day, v_day + interval '${span}');
        END LOOP;
      END $$`);
  }
  for (let from = 1; from <= records; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, records);
    await database.query(`SELECT usage_write((${ROWS}), ARRAY[0])`, [from, to, records]);
  }
  await database.query('ANALYZE');
}
