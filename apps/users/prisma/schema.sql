-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.

CREATE TABLE app_user (
  id uuid NOT NULL,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  display_name text,
  tier text NOT NULL,
  status text NOT NULL DEFAULT 'active'::text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  plan_tier text,
  tier_without_plan text,
  plan_revision bigint NOT NULL DEFAULT 0,
  CONSTRAINT app_user_check CHECK ((status = 'deleted'::text) = (deleted_at IS NOT NULL)),
  CONSTRAINT app_user_check1 CHECK (status <> 'deleted'::text OR email IS NULL AND display_name IS NULL AND NOT email_verified),
  CONSTRAINT app_user_check2 CHECK (email IS NOT NULL OR NOT email_verified),
  CONSTRAINT app_user_display_name_check CHECK (length(display_name) >= 1 AND length(display_name) <= 120),
  CONSTRAINT app_user_email_check CHECK (length(email) >= 3 AND length(email) <= 254),
  CONSTRAINT app_user_pkey PRIMARY KEY (id),
  CONSTRAINT app_user_plan_tier_check CHECK (plan_tier ~ '^[a-z][a-z0-9_-]{0,31}$'::text),
  CONSTRAINT app_user_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text, 'deleted'::text])),
  CONSTRAINT app_user_tier_check CHECK (tier ~ '^[a-z][a-z0-9_-]{0,31}$'::text),
  CONSTRAINT app_user_tier_without_plan_check CHECK (tier_without_plan ~ '^[a-z][a-z0-9_-]{0,31}$'::text)
);
CREATE INDEX app_user_email_idx ON app_user USING btree (lower(email COLLATE "C"));
CREATE INDEX app_user_status_idx ON app_user USING btree (status, id DESC);
CREATE INDEX app_user_tier_idx ON app_user USING btree (tier, id DESC);
GRANT INSERT, SELECT, UPDATE ON app_user TO turnpike_users_service;

CREATE TABLE archive_run (
  stream text NOT NULL,
  until timestamp with time zone NOT NULL,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT archive_run_last_error_check CHECK (length(last_error) <= 32),
  CONSTRAINT archive_run_pkey PRIMARY KEY (stream),
  CONSTRAINT archive_run_stream_check CHECK (stream = ANY (ARRAY['usage_logs'::text, 'audit'::text]))
);
GRANT INSERT, SELECT, UPDATE ON archive_run TO turnpike_users_service;

CREATE TABLE audit_archive (
  organisation_id uuid NOT NULL,
  number integer NOT NULL,
  day date NOT NULL,
  entries integer NOT NULL,
  previous text,
  chain text NOT NULL,
  place text NOT NULL,
  written_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_archive_chain_check CHECK (length(chain) = 64),
  CONSTRAINT audit_archive_number_check CHECK (number > 0),
  CONSTRAINT audit_archive_pkey PRIMARY KEY (organisation_id, number),
  CONSTRAINT audit_archive_place_check CHECK (length(place) <= 600),
  CONSTRAINT audit_archive_previous_check CHECK (length(previous) = 64)
);
GRANT INSERT, SELECT ON audit_archive TO turnpike_users_service;

CREATE TABLE audit_archive_due (
  organisation_id uuid NOT NULL,
  day date NOT NULL,
  after_id bigint NOT NULL,
  until_id bigint NOT NULL,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  CONSTRAINT audit_archive_due_pkey PRIMARY KEY (organisation_id, day)
);
CREATE INDEX audit_archive_due_next_attempt_at_idx ON audit_archive_due USING btree (next_attempt_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON audit_archive_due TO turnpike_users_service;

CREATE TABLE audit_period (
  day date NOT NULL,
  after_id bigint NOT NULL,
  until_id bigint NOT NULL,
  CONSTRAINT audit_period_pkey PRIMARY KEY (day)
);
GRANT INSERT, SELECT ON audit_period TO turnpike_users_service;

CREATE TABLE config_value (
  organisation_id uuid NOT NULL,
  key text NOT NULL,
  value jsonb,
  sealed bytea,
  is_locked boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 0,
  announced_version integer NOT NULL DEFAULT 0,
  updated_by uuid,
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT config_value_check CHECK (value IS NULL OR sealed IS NULL),
  CONSTRAINT config_value_check1 CHECK (NOT is_locked OR organisation_id = '00000000-0000-0000-0000-000000000000'::uuid),
  CONSTRAINT config_value_key_check CHECK (length(key) >= 1 AND length(key) <= 64),
  CONSTRAINT config_value_pkey PRIMARY KEY (organisation_id, key)
);
CREATE INDEX config_value_address_idx ON config_value USING btree (lower((value #>> '{}'::text[]) COLLATE "C")) WHERE key = ANY (ARRAY['alerts.email'::text, 'branding.support_email'::text]);
CREATE INDEX config_value_key_idx ON config_value USING btree (key) WHERE value IS NOT NULL OR sealed IS NOT NULL;
CREATE INDEX config_value_sealed_idx ON config_value USING btree (organisation_id, key) WHERE sealed IS NOT NULL;
CREATE INDEX config_value_unannounced_idx ON config_value USING btree (updated_at) WHERE announced_version < version;
CREATE INDEX config_value_updated_by_idx ON config_value USING btree (updated_by) WHERE updated_by IS NOT NULL;
GRANT INSERT, SELECT, UPDATE ON config_value TO turnpike_users_service;

CREATE TABLE erasure (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamp with time zone,
  CONSTRAINT erasure_pkey PRIMARY KEY (id),
  CONSTRAINT erasure_requested_by_check CHECK (requested_by = ANY (ARRAY['user'::text, 'operator'::text]))
);
CREATE INDEX erasure_open_idx ON erasure USING btree (requested_at) WHERE completed_at IS NULL;
CREATE INDEX erasure_requested_at_idx ON erasure USING btree (requested_at DESC, id DESC);
CREATE INDEX erasure_user_id_idx ON erasure USING btree (user_id);
GRANT INSERT, SELECT, UPDATE ON erasure TO turnpike_users_service;

CREATE TABLE erasure_step (
  erasure_id uuid NOT NULL,
  target text NOT NULL,
  phase smallint NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_error text,
  erased jsonb,
  done_at timestamp with time zone,
  CONSTRAINT erasure_step_erasure_id_fkey FOREIGN KEY (erasure_id) REFERENCES erasure(id),
  CONSTRAINT erasure_step_last_error_check CHECK (length(last_error) <= 200),
  CONSTRAINT erasure_step_pkey PRIMARY KEY (erasure_id, target),
  CONSTRAINT erasure_step_target_check CHECK (length(target) >= 1 AND length(target) <= 80)
) WITH (fillfactor=80);
CREATE INDEX erasure_step_due_idx ON erasure_step USING btree (next_attempt_at) WHERE done_at IS NULL;
GRANT INSERT, SELECT, UPDATE ON erasure_step TO turnpike_users_service;

CREATE TABLE external_identity (
  namespace text NOT NULL,
  key text NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT external_identity_key_check CHECK (length(key) >= 1 AND length(key) <= 255),
  CONSTRAINT external_identity_namespace_check CHECK (namespace = ANY (ARRAY['identity'::text, 'external'::text])),
  CONSTRAINT external_identity_pkey PRIMARY KEY (namespace, key),
  CONSTRAINT external_identity_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX external_identity_user_id_idx ON external_identity USING btree (user_id);
GRANT DELETE, INSERT, SELECT ON external_identity TO turnpike_users_service;

CREATE TABLE organisation_export (
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  requested_by uuid,
  state text NOT NULL DEFAULT 'running'::text,
  include text[] NOT NULL,
  since timestamp with time zone,
  until timestamp with time zone NOT NULL,
  place text NOT NULL,
  kind integer NOT NULL DEFAULT 0,
  cursor text,
  pages integer NOT NULL DEFAULT 0,
  records bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  failing_since timestamp with time zone,
  failure text,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamp with time zone,
  expires_at timestamp with time zone,
  CONSTRAINT organisation_export_cursor_check CHECK (length(cursor) <= 64),
  CONSTRAINT organisation_export_failure_check CHECK (length(failure) <= 32),
  CONSTRAINT organisation_export_include_check CHECK (cardinality(include) > 0),
  CONSTRAINT organisation_export_pkey PRIMARY KEY (id),
  CONSTRAINT organisation_export_place_check CHECK (length(place) <= 600),
  CONSTRAINT organisation_export_state_check CHECK (state = ANY (ARRAY['running'::text, 'ready'::text, 'failed'::text, 'deleting'::text]))
);
CREATE INDEX organisation_export_due_idx ON organisation_export USING btree (next_attempt_at);
CREATE INDEX organisation_export_organisation_idx ON organisation_export USING btree (organisation_id, created_at);
CREATE INDEX organisation_export_requested_by_idx ON organisation_export USING btree (requested_by) WHERE requested_by IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON organisation_export TO turnpike_users_service;

CREATE TABLE organisation_export_page (
  export_id uuid NOT NULL,
  number integer NOT NULL,
  records integer NOT NULL,
  bytes integer NOT NULL,
  sha256 text NOT NULL,
  CONSTRAINT organisation_export_page_number_check CHECK (number > 0),
  CONSTRAINT organisation_export_page_pkey PRIMARY KEY (export_id, number),
  CONSTRAINT organisation_export_page_sha256_check CHECK (length(sha256) = 64)
);
GRANT DELETE, INSERT, SELECT ON organisation_export_page TO turnpike_users_service;

CREATE TABLE outbox (
  id uuid NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamp with time zone,
  traceparent text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX outbox_delivered_at_idx ON outbox USING btree (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX outbox_pending_type_idx ON outbox USING btree (type, created_at) WHERE delivered_at IS NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox TO turnpike_users_service;

CREATE TABLE signed_up_lineage (
  lineage_id uuid NOT NULL,
  CONSTRAINT signed_up_lineage_pkey PRIMARY KEY (lineage_id)
);
GRANT INSERT, SELECT ON signed_up_lineage TO turnpike_users_service;

CREATE TABLE storage_settings (
  organisation_id uuid NOT NULL,
  endpoint text,
  region text NOT NULL,
  bucket text NOT NULL,
  prefix text NOT NULL DEFAULT ''::text,
  force_path_style boolean NOT NULL DEFAULT false,
  access_key_id text NOT NULL,
  secret_sealed bytea NOT NULL,
  streams text[] NOT NULL,
  last_tested_at timestamp with time zone,
  last_error text,
  failing_since timestamp with time zone,
  archived_until timestamp with time zone NOT NULL,
  next_attempt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  updated_by uuid,
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  told_at timestamp with time zone,
  CONSTRAINT storage_settings_access_key_id_check CHECK (length(access_key_id) <= 128),
  CONSTRAINT storage_settings_bucket_check CHECK (length(bucket) <= 63),
  CONSTRAINT storage_settings_endpoint_check CHECK (length(endpoint) <= 255),
  CONSTRAINT storage_settings_last_error_check CHECK (length(last_error) <= 32),
  CONSTRAINT storage_settings_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT storage_settings_prefix_check CHECK (length(prefix) <= 200),
  CONSTRAINT storage_settings_region_check CHECK (length(region) <= 32)
);
CREATE INDEX storage_settings_due_idx ON storage_settings USING btree (next_attempt_at);
CREATE INDEX storage_settings_updated_by_idx ON storage_settings USING btree (updated_by) WHERE updated_by IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON storage_settings TO turnpike_users_service;

CREATE TABLE storage_test (
  organisation_id uuid NOT NULL,
  tested_at timestamp with time zone[] NOT NULL,
  last_tested_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT storage_test_pkey PRIMARY KEY (organisation_id)
);
CREATE INDEX storage_test_last_tested_at_idx ON storage_test USING btree (last_tested_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON storage_test TO turnpike_users_service;

-- FUNCTION user_find_or_create(p_id uuid, p_namespace text, p_key text, p_email text, p_email_verified boolean, p_display_name text, p_tier text, p_event_id uuid, p_signup_credits bigint, p_audit jsonb, p_lineage_id uuid) RETURNS TABLE(created boolean, signup_credits bigint, id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamp with time zone, updated_at timestamp with time zone)
-- FUNCTION user_follow_plan(p_id uuid, p_tier text, p_above text[], p_revision bigint, p_event_id uuid) RETURNS TABLE(tier text, tier_before text)
-- FUNCTION user_set_status(p_id uuid, p_status text, p_event_id uuid) RETURNS TABLE(changed boolean, id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamp with time zone, updated_at timestamp with time zone)
-- FUNCTION user_update(p_id uuid, p_set_email boolean, p_email text, p_email_verified boolean, p_set_display_name boolean, p_display_name text, p_tier text, p_event_id uuid) RETURNS TABLE(id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamp with time zone, updated_at timestamp with time zone, tier_before text)
