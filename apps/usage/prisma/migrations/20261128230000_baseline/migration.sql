-- What happened: a record for each request, and roll-ups of them. The functions that write: prisma/functions. Partitions are made ahead and dropped by
-- usage_prepare_partitions and usage_drop_partitions.

-- A request. Its id is made of the batch that brought it and its place there, and begins with its time, so that the id alone names the partition.
CREATE TABLE request_record (
  at                   timestamptz NOT NULL,
  id                   uuid NOT NULL,
  request_id           text NOT NULL,
  caller               text NOT NULL CHECK (caller IN ('anonymous', 'user', 'service', 'admin', 'refused', 'erased')),
  user_id              uuid,
  organisation_id      uuid,
  environment          text,
  key_id               uuid,
  project_id           uuid,
  session_id           uuid,
  service              text,
  tier                 text,
  route                text,
  upstream             text,
  address_class        text,
  method               text NOT NULL,
  status               smallint NOT NULL,
  duration_us          bigint NOT NULL,
  first_byte_us        bigint,
  upstream_us          bigint,
  attempts             smallint NOT NULL,
  request_bytes        bigint NOT NULL,
  response_bytes       bigint NOT NULL,
  limit_name           text,
  limit_max            integer,
  limit_window_seconds integer,
  limit_remaining      integer,
  limit_reset_seconds  integer,
  limit_degraded       boolean NOT NULL DEFAULT false,
  code                 text,
  failure              text,
  scope                text,
  required_role        text,
  replay_of            text,
  operation            text,
  price_version        integer,
  hold_id              text,
  held_micro           bigint,
  charged_micro        bigint,
  charge_state         text CHECK (charge_state IN ('settled', 'released')),
  cost                 double precision,
  balance              double precision,
  provider             text,
  model                text,
  input_tokens         bigint,
  output_tokens        bigint,
  cache_read_tokens    bigint,
  cache_write_tokens   bigint,
  reasoning_tokens     bigint,
  ttft_us              bigint,
  violations           integer,
  blocked              boolean,
  model_call           jsonb,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX request_record_user_idx ON request_record (user_id, at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX request_record_organisation_idx ON request_record (organisation_id, at DESC, id DESC) WHERE organisation_id IS NOT NULL;
-- What people paste is a request id.
CREATE INDEX request_record_request_id_idx ON request_record (request_id);

-- Sums of requests by minute, hour and day: one row for each combination of what they can be grouped by. What there is none of is an empty text or
-- the nil UUID, as keys have no nulls. The owner is the organisation that a request acts within, otherwise the user. The buckets of the histograms:
-- usage_latency_bounds.
CREATE TABLE usage_rollup (
  unit               text NOT NULL CHECK (unit IN ('minute', 'hour', 'day')),
  owner_id           uuid NOT NULL,
  at                 timestamptz NOT NULL,
  user_id            uuid NOT NULL,
  key_id             uuid NOT NULL,
  project_id         uuid NOT NULL,
  environment        text NOT NULL,
  route              text NOT NULL,
  status_class       smallint NOT NULL,
  provider           text NOT NULL,
  model              text NOT NULL,
  requests           bigint NOT NULL,
  errors             bigint NOT NULL,
  blocked            bigint NOT NULL,
  charged_micro      bigint NOT NULL,
  input_tokens       bigint NOT NULL,
  output_tokens      bigint NOT NULL,
  cache_read_tokens  bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  reasoning_tokens   bigint NOT NULL,
  violations         bigint NOT NULL,
  latency            bigint[] NOT NULL,
  ttft               bigint[],
  PRIMARY KEY (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model)
) PARTITION BY LIST (unit);
CREATE TABLE usage_minute PARTITION OF usage_rollup FOR VALUES IN ('minute') PARTITION BY RANGE (at);
CREATE TABLE usage_hour PARTITION OF usage_rollup FOR VALUES IN ('hour') PARTITION BY RANGE (at);
CREATE TABLE usage_day PARTITION OF usage_rollup FOR VALUES IN ('day') PARTITION BY RANGE (at);
-- What an erasure reads: everything of a person, in whatever organisation.
CREATE INDEX usage_rollup_user_idx ON usage_rollup (user_id);

-- Batches that are stored, by producer (an edge process since its start) and its number: one that comes again changes nothing.
CREATE TABLE stored_batch (
  producer  uuid NOT NULL,
  sequence  bigint NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (producer, sequence)
);
CREATE INDEX stored_batch_stored_at_idx ON stored_batch (stored_at);

-- What came of each producer: numbers start at 1, so those up to the last one that are not stored are on their way, or lost.
CREATE TABLE producer (
  id            uuid PRIMARY KEY,
  last_sequence bigint NOT NULL,
  batches       bigint NOT NULL,
  seen_at       timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX producer_seen_at_idx ON producer (seen_at);

-- Entries of the stream that cannot be read, and why.
CREATE TABLE unreadable_entry (
  entry_id text PRIMARY KEY,
  reason   text NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unreadable_entry_seen_at_idx ON unreadable_entry (seen_at);

-- People who were erased lately: what was under way then must not bring their name back.
CREATE TABLE erased_user (
  user_id   uuid PRIMARY KEY,
  erased_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX erased_user_erased_at_idx ON erased_user (erased_at);

-- What the ledger charged on a day (UTC) beside what the records say.
CREATE TABLE charge_comparison (
  day           date PRIMARY KEY,
  records_micro bigint NOT NULL,
  ledger_micro  bigint NOT NULL,
  compared_at   timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA public TO turnpike_usage_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON request_record, usage_rollup TO turnpike_usage_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON stored_batch, producer, unreadable_entry, erased_user, charge_comparison TO turnpike_usage_service;
