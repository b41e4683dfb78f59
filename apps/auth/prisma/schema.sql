-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.

CREATE TABLE account (
  user_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'active'::text,
  tier text NOT NULL,
  last_login_at timestamp with time zone,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  revision bigint NOT NULL DEFAULT 0,
  lineage_id uuid NOT NULL DEFAULT gen_random_uuid(),
  first_name text,
  last_name text,
  CONSTRAINT account_first_name_check CHECK (length(first_name) >= 1 AND length(first_name) <= 100),
  CONSTRAINT account_last_name_check CHECK (length(last_name) >= 1 AND length(last_name) <= 100),
  CONSTRAINT account_pkey PRIMARY KEY (user_id),
  CONSTRAINT account_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text, 'deleted'::text])),
  CONSTRAINT account_tier_check CHECK (length(tier) >= 1 AND length(tier) <= 32)
) WITH (fillfactor=80);
CREATE TRIGGER account_default_project AFTER INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_default_project();
GRANT INSERT, SELECT, UPDATE ON account TO turnpike_auth_service;

CREATE TABLE api_key (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  project_id uuid NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  digest bytea NOT NULL,
  scopes text[] NOT NULL,
  rate_limit_per_minute integer,
  expires_at timestamp with time zone,
  retires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoke_reason text,
  rotated_from uuid,
  operation_id uuid,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  organisation_id uuid,
  environment text,
  personal_user_id uuid GENERATED ALWAYS AS ( CASE WHEN (organisation_id IS NULL) THEN user_id ELSE NULL::uuid END) STORED,
  constraints jsonb NOT NULL DEFAULT '{}'::jsonb,
  paused_at timestamp with time zone,
  metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
  CONSTRAINT api_key_check CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
  CONSTRAINT api_key_constraints_check CHECK (jsonb_typeof(constraints) = 'object'::text),
  CONSTRAINT api_key_digest_check CHECK (length(digest) = 32),
  CONSTRAINT api_key_digest_key UNIQUE (digest),
  CONSTRAINT api_key_environment_check CHECK (environment = ANY (ARRAY['prod'::text, 'test'::text])),
  CONSTRAINT api_key_environment_pair_check CHECK ((environment IS NULL) = (organisation_id IS NULL)),
  CONSTRAINT api_key_metadata_check CHECK (jsonb_typeof(metadata) = 'object'::text),
  CONSTRAINT api_key_name_check CHECK (length(name) >= 1 AND length(name) <= 120),
  CONSTRAINT api_key_operation_id_key UNIQUE (operation_id),
  CONSTRAINT api_key_pkey PRIMARY KEY (id),
  CONSTRAINT api_key_prefix_check CHECK (length(prefix) >= 8 AND length(prefix) <= 32),
  CONSTRAINT api_key_project_id_organisation_id_environment_fkey FOREIGN KEY (project_id, organisation_id, environment) REFERENCES project(id, organisation_id, environment),
  CONSTRAINT api_key_project_id_personal_user_id_fkey FOREIGN KEY (project_id, personal_user_id) REFERENCES project(id, user_id),
  CONSTRAINT api_key_rate_limit_per_minute_check CHECK (rate_limit_per_minute > 0)
) WITH (fillfactor=80);
CREATE INDEX api_key_expires_at_idx ON api_key USING btree (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX api_key_organisation_id_idx ON api_key USING btree (organisation_id, environment, created_at DESC, id DESC) WHERE organisation_id IS NOT NULL;
CREATE INDEX api_key_prefix_idx ON api_key USING btree (prefix, id DESC);
CREATE INDEX api_key_project_id_idx ON api_key USING btree (project_id, created_at DESC, id DESC);
CREATE INDEX api_key_retiring_idx ON api_key USING btree (retires_at) WHERE retires_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX api_key_revoked_at_idx ON api_key USING btree (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_user_id_idx ON api_key USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON api_key TO turnpike_auth_service;

CREATE TABLE audit_event (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  action text NOT NULL,
  user_id uuid,
  session_id uuid,
  actor text NOT NULL DEFAULT 'user'::text,
  method text,
  address text,
  user_agent text,
  request_id text,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  report_id uuid,
  organisation_id uuid,
  operator_id uuid,
  CONSTRAINT audit_event_action_check CHECK (length(action) >= 1 AND length(action) <= 64),
  CONSTRAINT audit_event_actor_check CHECK (actor = ANY (ARRAY['user'::text, 'operator'::text, 'service'::text, 'system'::text])),
  CONSTRAINT audit_event_address_check CHECK (length(address) <= 45),
  CONSTRAINT audit_event_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_event_action_idx ON audit_event USING btree (action, at DESC, id DESC);
CREATE INDEX audit_event_actor_idx ON audit_event USING btree (actor, at DESC, id DESC);
CREATE INDEX audit_event_at_idx ON audit_event USING btree (at DESC, id DESC);
CREATE INDEX audit_event_operator_id_idx ON audit_event USING btree (operator_id, at DESC, id DESC) WHERE operator_id IS NOT NULL;
CREATE INDEX audit_event_organisation_entry_idx ON audit_event USING btree (organisation_id, id) WHERE organisation_id IS NOT NULL;
CREATE INDEX audit_event_organisation_id_idx ON audit_event USING btree (organisation_id, at DESC, id DESC) WHERE organisation_id IS NOT NULL;
CREATE UNIQUE INDEX audit_event_report_id_idx ON audit_event USING btree (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX audit_event_request_id_idx ON audit_event USING btree (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX audit_event_user_id_idx ON audit_event USING btree (user_id, at DESC, id DESC);
GRANT DELETE, INSERT, SELECT ON audit_event TO turnpike_auth_service;
GRANT UPDATE (user_id, session_id, address, user_agent, request_id, detail, operator_id) ON audit_event TO turnpike_auth_service;

CREATE TABLE browser_sign_in (
  state_digest bytea NOT NULL,
  binding_digest bytea NOT NULL,
  provider text NOT NULL,
  sealed bytea NOT NULL,
  redirect_uri text NOT NULL,
  app_state text,
  code_challenge text,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT browser_sign_in_app_state_check CHECK (length(app_state) <= 512),
  CONSTRAINT browser_sign_in_binding_digest_check CHECK (length(binding_digest) = 32),
  CONSTRAINT browser_sign_in_code_challenge_check CHECK (length(code_challenge) = 43),
  CONSTRAINT browser_sign_in_pkey PRIMARY KEY (state_digest),
  CONSTRAINT browser_sign_in_provider_check CHECK (length(provider) >= 1 AND length(provider) <= 32),
  CONSTRAINT browser_sign_in_redirect_uri_check CHECK (length(redirect_uri) <= 2048),
  CONSTRAINT browser_sign_in_state_digest_check CHECK (length(state_digest) = 32)
);
CREATE INDEX browser_sign_in_expires_at_idx ON browser_sign_in USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON browser_sign_in TO turnpike_auth_service;

CREATE TABLE digest_key (
  purpose text NOT NULL,
  key_sealed bytea NOT NULL,
  CONSTRAINT digest_key_pkey PRIMARY KEY (purpose)
);
GRANT INSERT, SELECT, UPDATE ON digest_key TO turnpike_auth_service;

CREATE TABLE first_sign_in (
  address text NOT NULL,
  provider text NOT NULL,
  external_key text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT first_sign_in_pkey PRIMARY KEY (address),
  CONSTRAINT first_sign_in_provider_check CHECK (length(provider) >= 1 AND length(provider) <= 32)
);
CREATE INDEX first_sign_in_expires_at_idx ON first_sign_in USING btree (expires_at);
CREATE INDEX first_sign_in_external_key_idx ON first_sign_in USING btree (external_key);
GRANT DELETE, INSERT, SELECT, UPDATE ON first_sign_in TO turnpike_auth_service;

CREATE TABLE idempotency (
  scope text COLLATE "C" NOT NULL,
  key_digest bytea NOT NULL,
  request_digest bytea NOT NULL,
  attempt uuid NOT NULL,
  locked_until timestamp with time zone NOT NULL,
  answer bytea,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT idempotency_pkey PRIMARY KEY (scope, key_digest)
);
CREATE INDEX idempotency_created_at_idx ON idempotency USING btree (created_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON idempotency TO turnpike_auth_service;

CREATE TABLE identity (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  provider text NOT NULL,
  subject text NOT NULL,
  email text,
  email_verified boolean NOT NULL DEFAULT false,
  display_name text,
  linked_at timestamp with time zone NOT NULL DEFAULT now(),
  last_used_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT identity_pkey PRIMARY KEY (id),
  CONSTRAINT identity_provider_check CHECK (length(provider) >= 1 AND length(provider) <= 32),
  CONSTRAINT identity_provider_subject_key UNIQUE (provider, subject),
  CONSTRAINT identity_subject_check CHECK (length(subject) >= 1 AND length(subject) <= 255),
  CONSTRAINT identity_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
CREATE INDEX identity_user_id_idx ON identity USING btree (user_id);
CREATE INDEX identity_verified_email_idx ON identity USING btree (address_key(email)) WHERE email_verified;
GRANT DELETE, INSERT, SELECT, UPDATE ON identity TO turnpike_auth_service;

CREATE TABLE invite (
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  email text NOT NULL,
  role text NOT NULL,
  invited_by uuid NOT NULL,
  token_digest bytea NOT NULL,
  sent_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  sent_count integer NOT NULL DEFAULT 1,
  expires_at timestamp with time zone NOT NULL,
  accepted_by uuid,
  accepted_at timestamp with time zone,
  declined_at timestamp with time zone,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT invite_check CHECK (num_nonnulls(accepted_at, declined_at, revoked_at) <= 1),
  CONSTRAINT invite_email_check CHECK (length(email) >= 3 AND length(email) <= 254),
  CONSTRAINT invite_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  CONSTRAINT invite_pkey PRIMARY KEY (id),
  CONSTRAINT invite_role_check CHECK (role = ANY (ARRAY['viewer'::text, 'member'::text, 'admin'::text, 'owner'::text])),
  CONSTRAINT invite_token_digest_check CHECK (length(token_digest) = 32),
  CONSTRAINT invite_token_digest_key UNIQUE (token_digest)
);
CREATE INDEX invite_accepted_by_idx ON invite USING btree (accepted_by) WHERE accepted_by IS NOT NULL;
CREATE INDEX invite_email_idx ON invite USING btree (email);
CREATE INDEX invite_expires_at_idx ON invite USING btree (expires_at);
CREATE INDEX invite_invited_by_idx ON invite USING btree (invited_by, organisation_id);
CREATE INDEX invite_organisation_id_idx ON invite USING btree (organisation_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX invite_pending_idx ON invite USING btree (organisation_id, email) WHERE accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON invite TO turnpike_auth_service;

CREATE TABLE known_network (
  recipient_digest bytea NOT NULL,
  network_digest bytea NOT NULL,
  signed_in_at timestamp with time zone NOT NULL,
  CONSTRAINT known_network_network_digest_check CHECK (length(network_digest) = 32),
  CONSTRAINT known_network_pkey PRIMARY KEY (recipient_digest, network_digest),
  CONSTRAINT known_network_recipient_digest_check CHECK (length(recipient_digest) = 32)
);
CREATE INDEX known_network_signed_in_at_idx ON known_network USING btree (signed_in_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON known_network TO turnpike_auth_service;

CREATE TABLE membership (
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL,
  status text NOT NULL DEFAULT 'active'::text,
  invited_by uuid,
  joined_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT membership_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  CONSTRAINT membership_organisation_id_user_id_key UNIQUE (organisation_id, user_id),
  CONSTRAINT membership_pkey PRIMARY KEY (id),
  CONSTRAINT membership_role_check CHECK (role = ANY (ARRAY['viewer'::text, 'member'::text, 'admin'::text, 'owner'::text])),
  CONSTRAINT membership_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text])),
  CONSTRAINT membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
CREATE INDEX membership_organisation_id_idx ON membership USING btree (organisation_id, joined_at DESC, id DESC);
CREATE INDEX membership_owner_idx ON membership USING btree (organisation_id) WHERE role = 'owner'::text AND status = 'active'::text;
CREATE INDEX membership_user_id_idx ON membership USING btree (user_id, joined_at DESC, id DESC);
GRANT DELETE, INSERT, SELECT, UPDATE ON membership TO turnpike_auth_service;

CREATE TABLE operator (
  user_id uuid NOT NULL,
  role text NOT NULL,
  granted_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  granted_by text NOT NULL,
  CONSTRAINT operator_granted_by_check CHECK (length(granted_by) >= 1 AND length(granted_by) <= 120),
  CONSTRAINT operator_pkey PRIMARY KEY (user_id),
  CONSTRAINT operator_role_check CHECK (role = ANY (ARRAY['viewer'::text, 'support'::text, 'admin'::text])),
  CONSTRAINT operator_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON operator TO turnpike_auth_service;

CREATE TABLE organisation (
  id uuid NOT NULL,
  name text NOT NULL,
  billing_email text,
  status text NOT NULL DEFAULT 'active'::text,
  tier text NOT NULL DEFAULT 'free'::text,
  plan text,
  created_by uuid,
  suspended_at timestamp with time zone,
  suspended_reason text,
  archived_at timestamp with time zone,
  revision bigint NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  subscription_id uuid,
  subscription_status text,
  limits jsonb NOT NULL DEFAULT '{}'::jsonb,
  subscription_revision bigint NOT NULL DEFAULT 0,
  CONSTRAINT organisation_billing_email_check CHECK (length(billing_email) >= 3 AND length(billing_email) <= 254),
  CONSTRAINT organisation_check CHECK ((status = 'suspended'::text) <= (suspended_at IS NOT NULL)),
  CONSTRAINT organisation_check1 CHECK ((status = 'archived'::text) = (archived_at IS NOT NULL)),
  CONSTRAINT organisation_created_by_fkey FOREIGN KEY (created_by) REFERENCES account(user_id),
  CONSTRAINT organisation_name_check CHECK (length(name) >= 1 AND length(name) <= 100),
  CONSTRAINT organisation_pkey PRIMARY KEY (id),
  CONSTRAINT organisation_plan_check CHECK (length(plan) >= 1 AND length(plan) <= 64),
  CONSTRAINT organisation_status_check CHECK (status = ANY (ARRAY['active'::text, 'suspended'::text, 'archived'::text])),
  CONSTRAINT organisation_suspended_reason_check CHECK (length(suspended_reason) <= 500),
  CONSTRAINT organisation_tier_check CHECK (length(tier) >= 1 AND length(tier) <= 32)
) WITH (fillfactor=80);
CREATE INDEX organisation_archived_at_idx ON organisation USING btree (archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX organisation_created_by_idx ON organisation USING btree (created_by);
CREATE INDEX organisation_name_idx ON organisation USING btree (lower(name) text_pattern_ops);
CREATE INDEX organisation_plan_idx ON organisation USING btree (plan, id DESC) WHERE plan IS NOT NULL;
CREATE INDEX organisation_status_idx ON organisation USING btree (status, id DESC);
GRANT INSERT, SELECT, UPDATE ON organisation TO turnpike_auth_service;

CREATE TABLE organisation_slug (
  slug text NOT NULL,
  organisation_id uuid NOT NULL,
  taken_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  free_at timestamp with time zone,
  CONSTRAINT organisation_slug_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT organisation_slug_pkey PRIMARY KEY (slug),
  CONSTRAINT organisation_slug_slug_check CHECK (slug ~ '^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,46}[a-z0-9]$'::text)
);
CREATE UNIQUE INDEX organisation_slug_current_idx ON organisation_slug USING btree (organisation_id) WHERE free_at IS NULL;
CREATE INDEX organisation_slug_free_at_idx ON organisation_slug USING btree (free_at) WHERE free_at IS NOT NULL;
CREATE INDEX organisation_slug_organisation_id_idx ON organisation_slug USING btree (organisation_id, taken_at DESC);
CREATE INDEX organisation_slug_prefix_idx ON organisation_slug USING btree (slug text_pattern_ops);
GRANT DELETE, INSERT, SELECT, UPDATE ON organisation_slug TO turnpike_auth_service;

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
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox TO turnpike_auth_service;

CREATE TABLE password (
  user_id uuid NOT NULL,
  phc text NOT NULL,
  revision uuid NOT NULL DEFAULT gen_random_uuid(),
  changed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT password_phc_check CHECK (phc ~~ '$argon2id$%'::text),
  CONSTRAINT password_pkey PRIMARY KEY (user_id),
  CONSTRAINT password_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
) WITH (fillfactor=80);
GRANT DELETE, INSERT, SELECT, UPDATE ON password TO turnpike_auth_service;

CREATE TABLE project (
  id uuid NOT NULL,
  user_id uuid,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  organisation_id uuid,
  environment text,
  CONSTRAINT project_environment_check CHECK (environment = ANY (ARRAY['prod'::text, 'test'::text])),
  CONSTRAINT project_environment_pair_check CHECK ((environment IS NULL) = (organisation_id IS NULL)),
  CONSTRAINT project_id_organisation_id_environment_key UNIQUE (id, organisation_id, environment),
  CONSTRAINT project_id_user_id_key UNIQUE (id, user_id),
  CONSTRAINT project_name_check CHECK (length(name) >= 1 AND length(name) <= 120),
  CONSTRAINT project_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  CONSTRAINT project_owner_check CHECK ((user_id IS NULL) <> (organisation_id IS NULL)),
  CONSTRAINT project_pkey PRIMARY KEY (id),
  CONSTRAINT project_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
CREATE INDEX project_deleted_at_idx ON project USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX project_organisation_id_idx ON project USING btree (organisation_id, environment, created_at, id) WHERE organisation_id IS NOT NULL;
CREATE INDEX project_user_id_idx ON project USING btree (user_id, created_at, id);
GRANT DELETE, INSERT, SELECT, UPDATE ON project TO turnpike_auth_service;

CREATE TABLE provider_grant (
  user_id uuid NOT NULL,
  provider text NOT NULL,
  client_id text NOT NULL,
  token_sealed bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT provider_grant_client_id_check CHECK (length(client_id) >= 1 AND length(client_id) <= 255),
  CONSTRAINT provider_grant_pkey PRIMARY KEY (user_id, provider, client_id),
  CONSTRAINT provider_grant_provider_check CHECK (length(provider) >= 1 AND length(provider) <= 32),
  CONSTRAINT provider_grant_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON provider_grant TO turnpike_auth_service;

CREATE TABLE provider_revocation (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  provider text NOT NULL,
  client_id text NOT NULL,
  token_sealed bytea NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  next_attempt_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT provider_revocation_pkey PRIMARY KEY (id)
);
CREATE INDEX provider_revocation_created_at_idx ON provider_revocation USING btree (created_at);
CREATE INDEX provider_revocation_next_attempt_at_idx ON provider_revocation USING btree (next_attempt_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON provider_revocation TO turnpike_auth_service;

CREATE TABLE registration (
  id uuid NOT NULL,
  email text NOT NULL,
  network_digest bytea NOT NULL,
  phc text NOT NULL,
  first_name text,
  last_name text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT registration_email_check CHECK (length(email) >= 3 AND length(email) <= 254),
  CONSTRAINT registration_email_network_digest_key UNIQUE (email, network_digest),
  CONSTRAINT registration_first_name_check CHECK (length(first_name) >= 1 AND length(first_name) <= 100),
  CONSTRAINT registration_last_name_check CHECK (length(last_name) >= 1 AND length(last_name) <= 100),
  CONSTRAINT registration_network_digest_check CHECK (length(network_digest) = 32),
  CONSTRAINT registration_phc_check CHECK (phc ~~ '$argon2id$%'::text),
  CONSTRAINT registration_pkey PRIMARY KEY (id)
);
CREATE INDEX registration_expires_at_idx ON registration USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON registration TO turnpike_auth_service;

CREATE TABLE remembered_identity (
  digest bytea NOT NULL,
  lineage_id uuid NOT NULL,
  CONSTRAINT remembered_identity_digest_check CHECK (length(digest) = 32),
  CONSTRAINT remembered_identity_pkey PRIMARY KEY (digest)
);
GRANT INSERT, SELECT, UPDATE ON remembered_identity TO turnpike_auth_service;

CREATE TABLE reset_token (
  digest bytea NOT NULL,
  email text NOT NULL,
  network_digest bytea NOT NULL,
  password_revision uuid,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT reset_token_digest_check CHECK (length(digest) = 32),
  CONSTRAINT reset_token_email_check CHECK (length(email) >= 3 AND length(email) <= 254),
  CONSTRAINT reset_token_email_network_digest_key UNIQUE (email, network_digest),
  CONSTRAINT reset_token_network_digest_check CHECK (length(network_digest) = 32),
  CONSTRAINT reset_token_pkey PRIMARY KEY (digest)
);
CREATE INDEX reset_token_expires_at_idx ON reset_token USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON reset_token TO turnpike_auth_service;

CREATE TABLE revocation (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  target_id uuid NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  published_at timestamp with time zone,
  CONSTRAINT revocation_kind_check CHECK (kind = ANY (ARRAY['session'::text, 'key'::text, 'principal'::text, 'sessions_of'::text, 'tenant'::text, 'membership'::text, 'account'::text])),
  CONSTRAINT revocation_pkey PRIMARY KEY (id)
);
CREATE INDEX revocation_at_idx ON revocation USING btree (at);
CREATE INDEX revocation_unpublished_idx ON revocation USING btree (id) WHERE published_at IS NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON revocation TO turnpike_auth_service;

CREATE TABLE session (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  method text NOT NULL,
  device text,
  user_agent text,
  address text,
  current_digest bytea NOT NULL,
  previous_digest bytea,
  successor_sealed bytea,
  rotated_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  last_used_at timestamp with time zone NOT NULL DEFAULT now(),
  idle_expires_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  end_reason text,
  CONSTRAINT session_address_check CHECK (length(address) <= 45),
  CONSTRAINT session_check CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CONSTRAINT session_current_digest_check CHECK (length(current_digest) = 32),
  CONSTRAINT session_device_check CHECK (length(device) <= 120),
  CONSTRAINT session_method_check CHECK (length(method) >= 1 AND length(method) <= 32),
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_previous_digest_check CHECK (length(previous_digest) = 32),
  CONSTRAINT session_user_agent_check CHECK (length(user_agent) <= 256),
  CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
) WITH (fillfactor=70);
CREATE INDEX session_ended_at_idx ON session USING btree (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX session_expires_at_idx ON session USING btree (expires_at);
CREATE INDEX session_user_id_idx ON session USING btree (user_id, created_at DESC);
GRANT DELETE, INSERT, SELECT, UPDATE ON session TO turnpike_auth_service;

CREATE TABLE sign_in_code (
  digest bytea NOT NULL,
  user_id uuid NOT NULL,
  method text NOT NULL,
  code_challenge text,
  expires_at timestamp with time zone NOT NULL,
  session_id uuid,
  CONSTRAINT sign_in_code_code_challenge_check CHECK (length(code_challenge) = 43),
  CONSTRAINT sign_in_code_digest_check CHECK (length(digest) = 32),
  CONSTRAINT sign_in_code_method_check CHECK (length(method) >= 1 AND length(method) <= 32),
  CONSTRAINT sign_in_code_pkey PRIMARY KEY (digest),
  CONSTRAINT sign_in_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
CREATE INDEX sign_in_code_expires_at_idx ON sign_in_code USING btree (expires_at);
CREATE INDEX sign_in_code_user_id_idx ON sign_in_code USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON sign_in_code TO turnpike_auth_service;

CREATE TABLE signing_key (
  kid text NOT NULL,
  algorithm text NOT NULL,
  public_jwk jsonb NOT NULL,
  private_sealed bytea,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  signs_from timestamp with time zone NOT NULL,
  retires_at timestamp with time zone,
  verifies_until timestamp with time zone,
  CONSTRAINT signing_key_algorithm_check CHECK (algorithm = ANY (ARRAY['ES256'::text, 'RS256'::text])),
  CONSTRAINT signing_key_pkey PRIMARY KEY (kid)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON signing_key TO turnpike_auth_service;

CREATE TABLE unlinked_identity (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  provider text NOT NULL,
  subject text NOT NULL,
  unlinked_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT unlinked_identity_pkey PRIMARY KEY (id),
  CONSTRAINT unlinked_identity_user_id_fkey FOREIGN KEY (user_id) REFERENCES account(user_id)
);
CREATE INDEX unlinked_identity_subject_idx ON unlinked_identity USING btree (provider, subject, unlinked_at DESC);
CREATE INDEX unlinked_identity_user_id_idx ON unlinked_identity USING btree (user_id);
GRANT DELETE, INSERT, SELECT, UPDATE ON unlinked_identity TO turnpike_auth_service;

CREATE TABLE used_proof (
  digest bytea NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT used_proof_digest_check CHECK (length(digest) = 32),
  CONSTRAINT used_proof_pkey PRIMARY KEY (digest)
);
CREATE INDEX used_proof_expires_at_idx ON used_proof USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON used_proof TO turnpike_auth_service;

CREATE TABLE verification_code (
  id uuid NOT NULL,
  purpose text NOT NULL,
  recipient_digest bytea NOT NULL,
  network_digest bytea NOT NULL,
  code_digest bytea NOT NULL,
  wrong_tries integer NOT NULL DEFAULT 0,
  foreign_tries integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  CONSTRAINT verification_code_code_digest_check CHECK (length(code_digest) = 32),
  CONSTRAINT verification_code_network_digest_check CHECK (length(network_digest) = 32),
  CONSTRAINT verification_code_pkey PRIMARY KEY (id),
  CONSTRAINT verification_code_purpose_check CHECK (length(purpose) >= 1 AND length(purpose) <= 32),
  CONSTRAINT verification_code_purpose_recipient_network_key UNIQUE (purpose, recipient_digest, network_digest),
  CONSTRAINT verification_code_recipient_digest_check CHECK (length(recipient_digest) = 32)
) WITH (fillfactor=80);
CREATE INDEX verification_code_expires_at_idx ON verification_code USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON verification_code TO turnpike_auth_service;

CREATE TABLE verification_window (
  bucket text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  used integer NOT NULL,
  CONSTRAINT verification_window_pkey PRIMARY KEY (bucket)
) WITH (fillfactor=70);
CREATE INDEX verification_window_ends_at_idx ON verification_window USING btree (ends_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON verification_window TO turnpike_auth_service;

-- FUNCTION account_default_project() RETURNS trigger
-- FUNCTION account_set_active(p_user_id uuid, p_tier text, p_revision bigint) RETURNS boolean
-- FUNCTION account_stop(p_user_id uuid, p_status text, p_reason text) RETURNS TABLE(id bigint, kind text, target_id uuid, at timestamp with time zone)
-- FUNCTION address_key(p_email text) RETURNS text
-- FUNCTION api_key_create(p_id uuid, p_operation_id uuid, p_user_id uuid, p_project_id uuid, p_name text, p_prefix text, p_digest bytea, p_scopes text[], p_rate_limit integer, p_life interval, p_max integer) RETURNS TABLE(outcome text, key api_key)
-- FUNCTION api_key_end(p_id uuid, p_user_id uuid, p_project_id uuid, p_reason text) RETURNS TABLE(key api_key, was_active boolean, revocation_id bigint, revocation_at timestamp with time zone)
-- FUNCTION api_key_reissue(p_operation_id uuid, p_user_id uuid, p_prefix text, p_digest bytea) RETURNS SETOF api_key
-- FUNCTION api_key_rotate(p_old_id uuid, p_user_id uuid, p_project_id uuid, p_new_id uuid, p_operation_id uuid, p_prefix text, p_digest bytea, p_overlap interval) RETURNS TABLE(outcome text, key api_key, revocation_id bigint, revocation_at timestamp with time zone)
-- FUNCTION api_keys_end_project(p_project_id uuid, p_reason text) RETURNS TABLE(id bigint, kind text, target_id uuid, at timestamp with time zone)
-- FUNCTION api_keys_retire() RETURNS TABLE(id bigint, kind text, target_id uuid, at timestamp with time zone)
-- FUNCTION identity_adopt(p_id uuid, p_user_id uuid, p_tier text, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text, p_shared boolean, p_lineage_id uuid) RETURNS TABLE(status text, user_id uuid)
-- FUNCTION identity_evict_unproven(p_address_key text) RETURNS void
-- FUNCTION identity_link(p_id uuid, p_user_id uuid, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text, p_digests bytea[]) RETURNS text
-- FUNCTION identity_prove(p_user_id uuid, p_address_key text, p_digests bytea[]) RETURNS boolean
-- FUNCTION identity_recognise(p_id uuid, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text, p_linkable text[], p_digests bytea[]) RETURNS TABLE(outcome text, user_id uuid, unlinked_id uuid, external_key text, shared_key text, lineage_id uuid)
-- FUNCTION identity_unlink(p_user_id uuid, p_provider text, p_ways text[]) RETURNS text
-- FUNCTION is_known_network(p_recipients bytea[], p_networks bytea[], p_kept interval) RETURNS boolean
-- FUNCTION lineage_of(p_digests bytea[]) RETURNS uuid
-- FUNCTION lineage_remember(p_user_id uuid, p_digests bytea[]) RETURNS void
-- FUNCTION organisation_create(p_id uuid, p_membership_id uuid, p_user_id uuid, p_name text, p_slug text, p_billing_email text, p_owned_max integer, p_memberships_max integer) RETURNS TABLE(outcome text, created_at timestamp with time zone)
-- FUNCTION organisation_has_admin(p_organisation_id uuid, p_user_id uuid) RETURNS boolean
-- FUNCTION organisation_slug_change(p_organisation_id uuid, p_slug text, p_held interval) RETURNS boolean
-- FUNCTION organisation_slug_claim(p_organisation_id uuid, p_slug text) RETURNS boolean
-- FUNCTION project_create(p_id uuid, p_user_id uuid, p_name text, p_max integer) RETURNS TABLE(outcome text, created_at timestamp with time zone)
-- FUNCTION project_delete(p_id uuid, p_user_id uuid) RETURNS TABLE(outcome text, deleted_at timestamp with time zone)
-- FUNCTION project_lock_for_keys(p_project_id uuid, p_user_id uuid) RETURNS SETOF project
-- FUNCTION session_end(p_session_id uuid, p_user_id uuid, p_reason text) RETURNS TABLE(id bigint, kind text, target_id uuid, at timestamp with time zone)
-- FUNCTION session_open(p_session_id uuid, p_user_id uuid, p_method text, p_digest bytea, p_device text, p_user_agent text, p_address text, p_actor text, p_request_id text, p_idle interval, p_absolute interval) RETURNS TABLE(outcome text, tier text, expires_at timestamp with time zone)
-- FUNCTION session_refresh(p_session_id uuid, p_expected_user_id uuid, p_presented bytea, p_next bytea, p_next_sealed bytea, p_grace interval, p_idle interval) RETURNS TABLE(outcome text, user_id uuid, tier text, expires_at timestamp with time zone, sealed bytea, revocation_id bigint, revocation_at timestamp with time zone)
-- FUNCTION sessions_end_all(p_user_id uuid, p_reason text) RETURNS TABLE(id bigint, kind text, target_id uuid, at timestamp with time zone)
-- FUNCTION sign_in_code_redeem(p_digest bytea, p_challenge text, p_session_id uuid, p_refresh_digest bytea, p_device text, p_user_agent text, p_address text, p_request_id text, p_idle interval, p_absolute interval) RETURNS TABLE(outcome text, user_id uuid, tier text, expires_at timestamp with time zone, revocation_id bigint, session_id uuid, revocation_at timestamp with time zone)
-- FUNCTION signing_key_publish(p_kid text, p_algorithm text, p_public_jwk jsonb, p_private_sealed bytea, p_min_age interval, p_delay interval, p_verify_after_retirement interval) RETURNS TABLE(signs_from timestamp with time zone)
-- FUNCTION uuid_v7() RETURNS uuid
-- FUNCTION verification_issue(p_id uuid, p_purpose text, p_recipients bytea[], p_networks bytea[], p_code_digest bytea, p_life interval, p_known_kept interval, p_buckets text[], p_limits integer[], p_seconds integer[], p_for_strangers boolean[]) RETURNS TABLE(wait integer, counted text[])
-- FUNCTION verification_use(p_purpose text, p_recipients bytea[], p_networks bytea[], p_codes bytea[], p_own_tries_max integer, p_foreign_tries_max integer) RETURNS uuid
-- FUNCTION verified_address_lock(p_address_key text) RETURNS void
