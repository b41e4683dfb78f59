-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.

CREATE TABLE batch (
  id uuid NOT NULL,
  state text NOT NULL DEFAULT 'creating'::text,
  provider text NOT NULL,
  credential_id text NOT NULL,
  resource text,
  base_path text NOT NULL,
  query text NOT NULL,
  vendor_id text,
  organisation_id uuid,
  environment text,
  user_id uuid,
  key_id uuid,
  request_id text NOT NULL,
  input_file_id text,
  requests integer NOT NULL,
  violations integer NOT NULL DEFAULT 0,
  terms jsonb NOT NULL,
  held bigint NOT NULL,
  hold_id text,
  hold_number integer NOT NULL DEFAULT 0,
  hold_made_at timestamp with time zone NOT NULL DEFAULT now(),
  spend_id uuid,
  object jsonb,
  outcome text,
  usage jsonb,
  usage_source text,
  cost bigint,
  failures integer NOT NULL DEFAULT 0,
  missing_since timestamp with time zone,
  look_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  done_at timestamp with time zone,
  CONSTRAINT batch_check CHECK ((organisation_id IS NULL) = (environment IS NULL)),
  CONSTRAINT batch_check1 CHECK (organisation_id IS NOT NULL OR user_id IS NOT NULL),
  CONSTRAINT batch_check2 CHECK ((state = ANY (ARRAY['settled'::text, 'refused'::text])) = (done_at IS NOT NULL)),
  CONSTRAINT batch_check3 CHECK ((state = ANY (ARRAY['settled'::text, 'refused'::text])) = (look_at IS NULL)),
  CONSTRAINT batch_cost_check CHECK (cost >= 0),
  CONSTRAINT batch_held_check CHECK (held >= 0),
  CONSTRAINT batch_pkey PRIMARY KEY (id),
  CONSTRAINT batch_requests_check CHECK (requests > 0),
  CONSTRAINT batch_state_check CHECK (state = ANY (ARRAY['creating'::text, 'open'::text, 'ended'::text, 'settled'::text, 'refused'::text]))
) WITH (fillfactor=70);
CREATE INDEX batch_done_at_idx ON batch USING btree (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX batch_look_at_idx ON batch USING btree (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX batch_organisation_idx ON batch USING btree (organisation_id, environment, credential_id, created_at, id) WHERE organisation_id IS NOT NULL;
CREATE INDEX batch_user_idx ON batch USING btree (user_id, credential_id, created_at, id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX batch_vendor_idx ON batch USING btree (credential_id, vendor_id) WHERE vendor_id IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON batch TO turnpike_llm_service;

CREATE TABLE erased_user (
  user_id uuid NOT NULL,
  erased_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT erased_user_pkey PRIMARY KEY (user_id)
);
CREATE INDEX erased_user_erased_at_idx ON erased_user USING btree (erased_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON erased_user TO turnpike_llm_service;

CREATE TABLE forgotten_batch (
  id uuid NOT NULL,
  credential_id text NOT NULL,
  base_path text NOT NULL,
  query text NOT NULL,
  vendor_id text,
  input_file_id text,
  made_at timestamp with time zone NOT NULL,
  hold_id text,
  spend_id uuid,
  failures integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL DEFAULT now(),
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT forgotten_batch_pkey PRIMARY KEY (id)
);
CREATE INDEX forgotten_batch_created_at_idx ON forgotten_batch USING btree (created_at);
CREATE INDEX forgotten_batch_due_at_idx ON forgotten_batch USING btree (due_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON forgotten_batch TO turnpike_llm_service;

CREATE TABLE forgotten_object (
  credential_id text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL DEFAULT now(),
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT forgotten_object_pkey PRIMARY KEY (credential_id, id)
);
CREATE INDEX forgotten_object_created_at_idx ON forgotten_object USING btree (created_at);
CREATE INDEX forgotten_object_due_at_idx ON forgotten_object USING btree (due_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON forgotten_object TO turnpike_llm_service;

CREATE TABLE kept_item (
  credential_id text NOT NULL,
  id text NOT NULL,
  object_id text NOT NULL,
  CONSTRAINT kept_item_object_fkey FOREIGN KEY (credential_id, object_id) REFERENCES kept_object(credential_id, id) ON DELETE CASCADE,
  CONSTRAINT kept_item_pkey PRIMARY KEY (credential_id, id)
);
CREATE INDEX kept_item_object_idx ON kept_item USING btree (credential_id, object_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON kept_item TO turnpike_llm_service;

CREATE TABLE kept_object (
  credential_id text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  organisation_id uuid,
  environment text,
  user_id uuid,
  key_id uuid,
  object jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  model text,
  CONSTRAINT kept_object_check CHECK ((organisation_id IS NULL) = (environment IS NULL)),
  CONSTRAINT kept_object_check1 CHECK (organisation_id IS NOT NULL OR user_id IS NOT NULL),
  CONSTRAINT kept_object_kind_check CHECK (kind = ANY (ARRAY['file'::text, 'upload'::text, 'response'::text, 'conversation'::text, 'completion'::text, 'vector_store'::text, 'container'::text, 'skill'::text, 'interaction'::text])),
  CONSTRAINT kept_object_pkey PRIMARY KEY (credential_id, id)
);
CREATE INDEX kept_object_interaction_idx ON kept_object USING btree (created_at) WHERE kind = 'interaction'::text;
CREATE INDEX kept_object_monthly_idx ON kept_object USING btree (created_at) WHERE kind = ANY (ARRAY['completion'::text, 'container'::text]);
CREATE INDEX kept_object_organisation_idx ON kept_object USING btree (organisation_id, environment, credential_id, kind, created_at, id) WHERE organisation_id IS NOT NULL;
CREATE INDEX kept_object_response_idx ON kept_object USING btree (created_at) WHERE kind = 'response'::text;
CREATE INDEX kept_object_short_lived_idx ON kept_object USING btree (created_at) WHERE kind = 'upload'::text OR kind = 'file'::text AND id ~~ 'files/%'::text;
CREATE INDEX kept_object_user_idx ON kept_object USING btree (user_id, credential_id, kind, created_at, id) WHERE user_id IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON kept_object TO turnpike_llm_service;

CREATE TABLE key_budget (
  key_id uuid NOT NULL,
  spent bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  used_on date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'::text)::date,
  total boolean NOT NULL DEFAULT true,
  CONSTRAINT key_budget_held_check CHECK (held >= 0),
  CONSTRAINT key_budget_pkey PRIMARY KEY (key_id)
) WITH (fillfactor=50);
CREATE INDEX key_budget_used_on_idx ON key_budget USING btree (used_on) WHERE NOT total;
GRANT DELETE, INSERT, SELECT, UPDATE ON key_budget TO turnpike_llm_service;

CREATE TABLE key_hold (
  id uuid NOT NULL,
  key_id uuid NOT NULL,
  amount bigint NOT NULL,
  charged bigint,
  check_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT key_hold_amount_check CHECK (amount >= 0),
  CONSTRAINT key_hold_charged_check CHECK (charged >= 0),
  CONSTRAINT key_hold_pkey PRIMARY KEY (id)
) WITH (fillfactor=70);
CREATE INDEX key_hold_check_at_idx ON key_hold USING btree (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX key_hold_created_at_idx ON key_hold USING btree (created_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON key_hold TO turnpike_llm_service;

CREATE TABLE key_spend (
  key_id uuid NOT NULL,
  day date NOT NULL,
  spent bigint NOT NULL DEFAULT 0,
  CONSTRAINT key_spend_pkey PRIMARY KEY (key_id, day)
) WITH (fillfactor=50);
CREATE INDEX key_spend_day_idx ON key_spend USING btree (day);
GRANT DELETE, INSERT, SELECT, UPDATE ON key_spend TO turnpike_llm_service;

CREATE TABLE policy (
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  environment text NOT NULL,
  version integer NOT NULL,
  rule jsonb NOT NULL,
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  CONSTRAINT policy_environment_check CHECK (environment = ANY (ARRAY['prod'::text, 'test'::text])),
  CONSTRAINT policy_pkey PRIMARY KEY (id),
  CONSTRAINT policy_version_check CHECK (version > 0)
);
CREATE INDEX policy_created_by_idx ON policy USING btree (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX policy_deleted_at_idx ON policy USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX policy_set_idx ON policy USING btree (organisation_id, environment, id) WHERE deleted_at IS NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON policy TO turnpike_llm_service;

CREATE TABLE policy_clock (
  id boolean NOT NULL DEFAULT true,
  revision bigint NOT NULL DEFAULT 0,
  CONSTRAINT policy_clock_id_check CHECK (id),
  CONSTRAINT policy_clock_pkey PRIMARY KEY (id)
);
GRANT SELECT, UPDATE ON policy_clock TO turnpike_llm_service;

CREATE TABLE policy_set_revision (
  organisation_id uuid NOT NULL,
  environment text NOT NULL,
  revision bigint NOT NULL,
  CONSTRAINT policy_set_revision_pkey PRIMARY KEY (organisation_id, environment)
);
CREATE INDEX policy_set_revision_idx ON policy_set_revision USING btree (revision);
GRANT DELETE, INSERT, SELECT, UPDATE ON policy_set_revision TO turnpike_llm_service;

CREATE TABLE policy_version (
  policy_id uuid NOT NULL,
  version integer NOT NULL,
  rule jsonb NOT NULL,
  changed_by uuid,
  changed_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT policy_version_pkey PRIMARY KEY (policy_id, version),
  CONSTRAINT policy_version_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES policy(id) ON DELETE CASCADE,
  CONSTRAINT policy_version_version_check CHECK (version > 0)
);
CREATE INDEX policy_version_changed_by_idx ON policy_version USING btree (changed_by) WHERE changed_by IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON policy_version TO turnpike_llm_service;

CREATE TABLE violation (
  id uuid NOT NULL,
  organisation_id uuid,
  environment text,
  user_id uuid,
  key_id uuid,
  request_id text NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  policy_id text NOT NULL,
  policy_name text NOT NULL,
  policy_version integer NOT NULL,
  type text NOT NULL,
  category text NOT NULL,
  severity text NOT NULL,
  action text NOT NULL,
  direction text NOT NULL,
  location text NOT NULL,
  match_count integer NOT NULL,
  excerpt text NOT NULL,
  matches jsonb NOT NULL,
  phase text NOT NULL,
  status text NOT NULL DEFAULT 'open'::text,
  note text,
  status_changed_by uuid,
  status_changed_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT violation_action_check CHECK (action = ANY (ARRAY['blocked'::text, 'redacted'::text, 'flagged'::text])),
  CONSTRAINT violation_direction_check CHECK (direction = ANY (ARRAY['request'::text, 'response'::text])),
  CONSTRAINT violation_excerpt_check CHECK (length(excerpt) <= 120),
  CONSTRAINT violation_note_check CHECK (length(note) <= 1000),
  CONSTRAINT violation_phase_check CHECK (phase = ANY (ARRAY['sync'::text, 'async'::text])),
  CONSTRAINT violation_pkey PRIMARY KEY (id),
  CONSTRAINT violation_severity_check CHECK (severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text])),
  CONSTRAINT violation_status_check CHECK (status = ANY (ARRAY['open'::text, 'acknowledged'::text, 'resolved'::text, 'false_positive'::text]))
);
CREATE INDEX violation_created_at_idx ON violation USING btree (created_at);
CREATE INDEX violation_organisation_idx ON violation USING btree (organisation_id, environment, created_at DESC, id DESC) WHERE organisation_id IS NOT NULL;
CREATE INDEX violation_status_changed_by_idx ON violation USING btree (status_changed_by) WHERE status_changed_by IS NOT NULL;
CREATE INDEX violation_user_idx ON violation USING btree (user_id) WHERE user_id IS NOT NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON violation TO turnpike_llm_service;

-- FUNCTION llm_add_violations(p_rows jsonb) RETURNS integer
-- FUNCTION llm_end_spend(p_id uuid, p_charged bigint, p_final boolean) RETURNS boolean
-- FUNCTION llm_erase_user(p_user_id uuid) RETURNS TABLE(erased_from text, erased_rows bigint)
-- FUNCTION llm_hold_spend(p_id uuid, p_key_id uuid, p_amount bigint, p_least bigint, p_limit bigint, p_period text, p_check_seconds integer) RETURNS TABLE(taken bigint, spent bigint, held bigint)
-- FUNCTION llm_keep_object(p_row jsonb) RETURNS boolean
-- FUNCTION llm_open_batch(p_row jsonb, p_look_seconds integer, p_check_seconds integer) RETURNS boolean
-- FUNCTION llm_spent_since(p_key_id uuid, p_period text) RETURNS bigint
