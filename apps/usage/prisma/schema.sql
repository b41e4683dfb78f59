-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.

CREATE TABLE charge_comparison (
  day date NOT NULL,
  records_micro bigint NOT NULL,
  ledger_micro bigint NOT NULL,
  compared_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT charge_comparison_pkey PRIMARY KEY (day)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON charge_comparison TO turnpike_usage_service;

CREATE TABLE erased_user (
  user_id uuid NOT NULL,
  erased_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT erased_user_pkey PRIMARY KEY (user_id)
);
CREATE INDEX erased_user_erased_at_idx ON erased_user USING btree (erased_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON erased_user TO turnpike_usage_service;

CREATE TABLE imported_day (
  unit text NOT NULL,
  at timestamp with time zone NOT NULL,
  imported_at timestamp with time zone NOT NULL DEFAULT now(),
  last_key jsonb,
  complete boolean NOT NULL DEFAULT false,
  CONSTRAINT imported_day_pkey PRIMARY KEY (unit, at)
);
CREATE INDEX imported_day_imported_at_idx ON imported_day USING btree (imported_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON imported_day TO turnpike_usage_service;

CREATE TABLE late_batch (
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  hour timestamp with time zone NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  archived_at timestamp with time zone,
  CONSTRAINT late_batch_pkey PRIMARY KEY (id)
);
CREATE INDEX late_batch_due_idx ON late_batch USING btree (next_attempt_at) WHERE archived_at IS NULL;
CREATE INDEX late_batch_hour_idx ON late_batch USING btree (hour);
GRANT DELETE, INSERT, SELECT, UPDATE ON late_batch TO turnpike_usage_service;

CREATE TABLE late_record (
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  stored_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  batch_id uuid,
  CONSTRAINT late_record_pkey PRIMARY KEY (id)
);
CREATE INDEX late_record_at_idx ON late_record USING btree (at);
CREATE INDEX late_record_batch_idx ON late_record USING btree (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX late_record_waiting_idx ON late_record USING btree (stored_at) WHERE batch_id IS NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON late_record TO turnpike_usage_service;

CREATE TABLE pending_completion (
  id uuid NOT NULL,
  completed jsonb NOT NULL,
  CONSTRAINT pending_completion_pkey PRIMARY KEY (id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON pending_completion TO turnpike_usage_service;

CREATE TABLE pending_erasure (
  user_id uuid NOT NULL,
  origin uuid NOT NULL,
  copied boolean NOT NULL DEFAULT false,
  CONSTRAINT pending_erasure_pkey PRIMARY KEY (user_id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON pending_erasure TO turnpike_usage_service;

CREATE TABLE producer (
  id uuid NOT NULL,
  last_sequence bigint NOT NULL,
  batches bigint NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  CONSTRAINT producer_pkey PRIMARY KEY (id)
) WITH (fillfactor=80);
CREATE INDEX producer_seen_at_idx ON producer USING btree (seen_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON producer TO turnpike_usage_service;

CREATE TABLE request_record (
  at timestamp with time zone NOT NULL,
  id uuid NOT NULL,
  request_id text NOT NULL,
  caller text NOT NULL,
  user_id uuid,
  organisation_id uuid,
  environment text,
  key_id uuid,
  project_id uuid,
  session_id uuid,
  service text,
  tier text,
  route text,
  upstream text,
  address_class text,
  method text NOT NULL,
  status smallint NOT NULL,
  duration_us bigint NOT NULL,
  first_byte_us bigint,
  upstream_us bigint,
  attempts smallint NOT NULL,
  request_bytes bigint NOT NULL,
  response_bytes bigint NOT NULL,
  limit_name text,
  limit_max integer,
  limit_window_seconds integer,
  limit_remaining integer,
  limit_reset_seconds integer,
  limit_degraded boolean NOT NULL DEFAULT false,
  code text,
  failure text,
  scope text,
  required_role text,
  replay_of text,
  operation text,
  price_version integer,
  hold_id text,
  held_micro bigint,
  charged_micro bigint,
  charge_state text,
  cost double precision,
  balance double precision,
  provider text,
  model text,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  reasoning_tokens bigint,
  ttft_us bigint,
  violations integer,
  blocked boolean,
  model_call jsonb,
  key_prefix text,
  path text,
  CONSTRAINT request_record_caller_check CHECK (caller = ANY (ARRAY['anonymous'::text, 'user'::text, 'service'::text, 'admin'::text, 'refused'::text, 'erased'::text])),
  CONSTRAINT request_record_charge_state_check CHECK (charge_state = ANY (ARRAY['settled'::text, 'released'::text])),
  CONSTRAINT request_record_pkey PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX request_record_code_idx ON ONLY request_record USING btree (code, at DESC, id DESC) WHERE code IS NOT NULL;
CREATE INDEX request_record_organisation_idx ON ONLY request_record USING btree (organisation_id, at DESC, id DESC) WHERE organisation_id IS NOT NULL;
CREATE INDEX request_record_request_id_idx ON ONLY request_record USING btree (request_id);
CREATE INDEX request_record_user_idx ON ONLY request_record USING btree (user_id, at DESC, id DESC) WHERE user_id IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON request_record TO turnpike_usage_service;

CREATE TABLE stored_batch (
  producer uuid NOT NULL,
  sequence bigint NOT NULL,
  stored_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT stored_batch_pkey PRIMARY KEY (producer, sequence)
);
CREATE INDEX stored_batch_stored_at_idx ON stored_batch USING btree (stored_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON stored_batch TO turnpike_usage_service;

CREATE TABLE unmatched_call (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL,
  request_id text NOT NULL,
  user_id uuid NOT NULL,
  organisation_id uuid,
  facts jsonb NOT NULL,
  stored_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT unmatched_call_pkey PRIMARY KEY (id)
);
CREATE INDEX unmatched_call_request_id_idx ON unmatched_call USING btree (request_id);
CREATE INDEX unmatched_call_stored_at_idx ON unmatched_call USING btree (stored_at);
CREATE INDEX unmatched_call_user_id_idx ON unmatched_call USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON unmatched_call TO turnpike_usage_service;

CREATE TABLE unmatched_record (
  id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  request_id text NOT NULL,
  user_id uuid NOT NULL,
  columns jsonb NOT NULL,
  stored_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT unmatched_record_pkey PRIMARY KEY (id)
);
CREATE INDEX unmatched_record_request_id_idx ON unmatched_record USING btree (request_id);
CREATE INDEX unmatched_record_stored_at_idx ON unmatched_record USING btree (stored_at);
CREATE INDEX unmatched_record_user_id_idx ON unmatched_record USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON unmatched_record TO turnpike_usage_service;

CREATE TABLE unreadable_entry (
  entry_id text NOT NULL,
  reason text NOT NULL,
  seen_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT unreadable_entry_pkey PRIMARY KEY (entry_id)
);
CREATE INDEX unreadable_entry_seen_at_idx ON unreadable_entry USING btree (seen_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON unreadable_entry TO turnpike_usage_service;

CREATE TABLE usage_rollup (
  unit text NOT NULL,
  owner_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  user_id uuid NOT NULL,
  key_id uuid NOT NULL,
  project_id uuid NOT NULL,
  environment text NOT NULL,
  route text NOT NULL,
  status_class smallint NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  blocked bigint NOT NULL,
  charged_micro bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  violations bigint NOT NULL,
  latency bigint[] NOT NULL,
  ttft bigint[],
  CONSTRAINT usage_rollup_pkey PRIMARY KEY (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model),
  CONSTRAINT usage_rollup_unit_check CHECK (unit = ANY (ARRAY['minute'::text, 'hour'::text, 'day'::text, 'hour_total'::text, 'day_total'::text]))
) PARTITION BY LIST (unit);
CREATE INDEX usage_rollup_user_idx ON ONLY usage_rollup USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON usage_rollup TO turnpike_usage_service;

CREATE TABLE usage_traffic (
  at timestamp with time zone NOT NULL,
  route text NOT NULL,
  upstream text NOT NULL,
  status smallint NOT NULL,
  code text NOT NULL,
  requests bigint NOT NULL,
  latency bigint[] NOT NULL,
  CONSTRAINT usage_traffic_pkey PRIMARY KEY (at, route, upstream, status, code)
) PARTITION BY RANGE (at);
GRANT DELETE, INSERT, SELECT, UPDATE ON usage_traffic TO turnpike_usage_service;

-- FUNCTION usage_add(p_a bigint[], p_b bigint[]) RETURNS bigint[]
-- FUNCTION usage_append(p_batches jsonb, p_rows json) RETURNS TABLE(batches bigint, records bigint)
-- FUNCTION usage_complete(p_batches jsonb, p_rows json, p_fresh bigint[]) RETURNS json
-- FUNCTION usage_drop_partitions(p_parent text, p_before timestamp with time zone) RETURNS integer
-- FUNCTION usage_erase_user(p_user_id uuid) RETURNS TABLE(erased_from text, erased_rows bigint)
-- FUNCTION usage_latency_bounds() RETURNS bigint[]
-- FUNCTION usage_prepare_day(p_day timestamp with time zone) RETURNS integer
-- FUNCTION usage_prepare_partitions() RETURNS integer
-- FUNCTION usage_write(p_rows json, p_batches bigint[]) RETURNS bigint
