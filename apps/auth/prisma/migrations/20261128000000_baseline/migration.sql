-- Auth's tables. The functions that change them in one round trip: prisma/functions.

-- What auth must know of a user to answer an introspection without asking the users service. A deleted account stays as a tombstone
-- (no personal data), so that a late event or a sign-in under way cannot bring it back.
CREATE TABLE account (
  user_id       uuid PRIMARY KEY,
  status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
  tier          text NOT NULL CHECK (length(tier) BETWEEN 1 AND 32),
  last_login_at timestamptz,
  deleted_at    timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  -- Counts the times the account was stopped. Whoever asks the users service and then notes "active" does so only if nothing stopped the
  -- account in between: an answer that was true when it was given must not undo a disabling that came after it.
  revision      bigint NOT NULL DEFAULT 0,
  -- A lineage is the accounts that one person has or had. It is a random id that names nobody.
  lineage_id    uuid NOT NULL DEFAULT gen_random_uuid()
) WITH (fillfactor = 80);

-- One way to sign in. The key is provider and subject, never the e-mail address.
CREATE TABLE identity (
  id             uuid PRIMARY KEY,
  user_id        uuid NOT NULL REFERENCES account (user_id),
  provider       text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  subject        text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  email          text,
  email_verified boolean NOT NULL DEFAULT false,
  display_name   text,
  linked_at      timestamptz NOT NULL DEFAULT now(),
  last_used_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (provider, subject)
);
CREATE INDEX identity_user_id_idx ON identity (user_id);

-- A session and its refresh token. Only digests of the current and the previous token are kept; the successor is kept sealed under a key
-- derived from its predecessor and the service's own key, so that a repeated refresh can be given the same answer and a copy of the
-- table gives nobody a token.
CREATE TABLE session (
  id               uuid PRIMARY KEY,
  user_id          uuid NOT NULL REFERENCES account (user_id),
  method           text NOT NULL CHECK (length(method) BETWEEN 1 AND 32),
  device           text CHECK (length(device) <= 120),
  user_agent       text CHECK (length(user_agent) <= 256),
  address          text CHECK (length(address) <= 45),
  current_digest   bytea NOT NULL CHECK (length(current_digest) = 32),
  previous_digest  bytea CHECK (length(previous_digest) = 32),
  successor_sealed bytea,
  rotated_at       timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  last_used_at     timestamptz NOT NULL DEFAULT now(),
  idle_expires_at  timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL,
  ended_at         timestamptz,
  end_reason       text,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX session_user_id_idx ON session (user_id, created_at DESC);
CREATE INDEX session_expires_at_idx ON session (expires_at);
CREATE INDEX session_ended_at_idx ON session (ended_at) WHERE ended_at IS NOT NULL;

-- Access tokens are signed with one of these. Times decide a key's state, so no instance has to tell another: published from
-- created_at, signing from signs_from until the next key signs, verifying until verifies_until.
CREATE TABLE signing_key (
  kid            text PRIMARY KEY,
  algorithm      text NOT NULL CHECK (algorithm IN ('ES256', 'RS256')),
  public_jwk     jsonb NOT NULL,
  -- Sealed under the key-encryption key; dropped once the key no longer signs.
  private_sealed bytea,
  created_at     timestamptz NOT NULL DEFAULT now(),
  signs_from     timestamptz NOT NULL,
  retires_at     timestamptz,
  verifies_until timestamptz
);

-- What has lost access, for the edges: published to a Redis stream right after commit, polled while Redis is away. Kind `account` ends nothing:
-- what an edge remembers of the user is out of date.
CREATE TABLE revocation (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('session', 'key', 'principal', 'account')),
  target_id    uuid NOT NULL,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at timestamptz
);
CREATE INDEX revocation_at_idx ON revocation (at);
CREATE INDEX revocation_unpublished_idx ON revocation (id) WHERE published_at IS NULL;

-- The audit trail: sign-ins, and what changed security. Erasure blanks who and from where; the event itself stays. It is listed by its moments,
-- whatever it is narrowed to; events of other services carry moments and ids of their own, so that one reported twice is recorded once.
CREATE TABLE audit_event (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  action     text NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
  user_id    uuid,
  session_id uuid,
  actor      text NOT NULL DEFAULT 'user' CHECK (actor IN ('user', 'operator', 'service', 'system')),
  method     text,
  address    text CHECK (length(address) <= 45),
  user_agent text,
  request_id text,
  detail     jsonb NOT NULL DEFAULT '{}',
  report_id  uuid
);
CREATE INDEX audit_event_user_id_idx ON audit_event (user_id, at DESC, id DESC);
CREATE INDEX audit_event_action_idx ON audit_event (action, at DESC, id DESC);
CREATE INDEX audit_event_at_idx ON audit_event (at DESC, id DESC);
CREATE UNIQUE INDEX audit_event_report_id_idx ON audit_event (report_id) WHERE report_id IS NOT NULL;

-- Events to other services, written with the change they tell of.
CREATE TABLE outbox (
  id           uuid PRIMARY KEY,
  type         text NOT NULL,
  payload      jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz
);
CREATE INDEX outbox_pending_idx ON outbox (created_at) WHERE delivered_at IS NULL;
-- Events are handed over type by type: those of a consumer that does not keep up wait here, and nobody passes them all to find the others.
CREATE INDEX outbox_pending_type_idx ON outbox (type, created_at) WHERE delivered_at IS NULL;
CREATE INDEX outbox_delivered_at_idx ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;

-- A user's project. A deleted one stays while keys of it are remembered.
CREATE TABLE project (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES account (user_id),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (id, user_id)
);
CREATE INDEX project_user_id_idx ON project (user_id, created_at, id);
CREATE INDEX project_deleted_at_idx ON project (deleted_at) WHERE deleted_at IS NOT NULL;

-- An API key. Only its digest is kept: 178 random bits need no slow hash. The pair (project, user) keeps a key's owner the project's.
CREATE TABLE api_key (
  id                    uuid PRIMARY KEY,
  user_id               uuid NOT NULL,
  project_id            uuid NOT NULL,
  name                  text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  prefix                text NOT NULL CHECK (length(prefix) BETWEEN 8 AND 32),
  digest                bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
  scopes                text[] NOT NULL,
  rate_limit_per_minute integer CHECK (rate_limit_per_minute > 0),
  expires_at            timestamptz,
  -- End of the overlap of a rotated key.
  retires_at            timestamptz,
  revoked_at            timestamptz,
  revoke_reason         text,
  rotated_from          uuid,
  -- Of the Idempotency-Key it was made under, so that a repetition after a lost answer does not make another.
  operation_id          uuid UNIQUE,
  last_used_at          timestamptz,
  created_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (project_id, user_id) REFERENCES project (id, user_id),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX api_key_project_id_idx ON api_key (project_id, created_at DESC, id DESC);
CREATE INDEX api_key_user_id_idx ON api_key (user_id);
CREATE INDEX api_key_retiring_idx ON api_key (retires_at) WHERE retires_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX api_key_revoked_at_idx ON api_key (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_expires_at_idx ON api_key (expires_at) WHERE expires_at IS NOT NULL;

-- A code mailed to an address for a purpose. It belongs to the network that asked for it: an address can have several, each network at most one.
-- Address, network and code are keyed hashes; none is here in clear. `wrong_tries` are the network's own, `foreign_tries` those of all others.
CREATE TABLE verification_code (
  id               uuid PRIMARY KEY,
  purpose          text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
  recipient_digest bytea NOT NULL CHECK (length(recipient_digest) = 32),
  network_digest   bytea NOT NULL CHECK (length(network_digest) = 32),
  code_digest      bytea NOT NULL CHECK (length(code_digest) = 32),
  wrong_tries      integer NOT NULL DEFAULT 0,
  foreign_tries    integer NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at       timestamptz NOT NULL,
  used_at          timestamptz,
  CONSTRAINT verification_code_purpose_recipient_network_key UNIQUE (purpose, recipient_digest, network_digest)
) WITH (fillfactor = 80);
CREATE INDEX verification_code_expires_at_idx ON verification_code (expires_at);

-- How many codes were sent in the current window of a bucket. Buckets name addresses by keyed hashes.
CREATE TABLE verification_window (
  bucket     text PRIMARY KEY,
  started_at timestamptz NOT NULL,
  ends_at    timestamptz NOT NULL,
  used       integer NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX verification_window_ends_at_idx ON verification_window (ends_at);

-- Answers under an Idempotency-Key, sealed with it; see the service kit.
CREATE TABLE idempotency (
  -- An erasure finds scopes by their beginning, which an index does for the C collation only.
  scope          text COLLATE "C" NOT NULL,
  key_digest     bytea NOT NULL,
  request_digest bytea NOT NULL,
  attempt        uuid NOT NULL,
  locked_until   timestamptz NOT NULL,
  answer         bytea,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (scope, key_digest)
);
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);

-- One attempt to sign in through the browser. State and binding (the cookie) are here as digests only. Nonce and PKCE verifier are sealed
-- under a key that needs the cookie too, so nobody can finish an attempt with a copy of this table, not even with our keys.
CREATE TABLE browser_sign_in (
  state_digest   bytea PRIMARY KEY CHECK (length(state_digest) = 32),
  binding_digest bytea NOT NULL CHECK (length(binding_digest) = 32),
  provider       text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  sealed         bytea NOT NULL,
  redirect_uri   text NOT NULL CHECK (length(redirect_uri) <= 2048),
  app_state      text CHECK (length(app_state) <= 512),
  code_challenge text CHECK (length(code_challenge) = 43),
  expires_at     timestamptz NOT NULL
);
CREATE INDEX browser_sign_in_expires_at_idx ON browser_sign_in (expires_at);

-- A one-time code that ends a browser sign-in. A redeemed one is remembered with its session, so that a second use can end it.
CREATE TABLE sign_in_code (
  digest         bytea PRIMARY KEY CHECK (length(digest) = 32),
  user_id        uuid NOT NULL REFERENCES account (user_id),
  method         text NOT NULL CHECK (length(method) BETWEEN 1 AND 32),
  code_challenge text CHECK (length(code_challenge) = 43),
  expires_at     timestamptz NOT NULL,
  session_id     uuid
);
CREATE INDEX sign_in_code_user_id_idx ON sign_in_code (user_id);
CREATE INDEX sign_in_code_expires_at_idx ON sign_in_code (expires_at);

-- Digests of proofs that were accepted and must not be accepted again (identity tokens with a nonce, notifications), while they live.
CREATE TABLE used_proof (
  digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_proof_expires_at_idx ON used_proof (expires_at);

-- A provider's refresh token, kept (sealed) for one thing: ending the connection when the person leaves.
CREATE TABLE provider_grant (
  user_id      uuid NOT NULL REFERENCES account (user_id),
  provider     text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  client_id    text NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
  token_sealed bytea NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, provider, client_id)
);

-- Connections to be ended at the provider. Names nobody: it outlives the account.
CREATE TABLE provider_revocation (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider        text NOT NULL,
  client_id       text NOT NULL,
  token_sealed    bytea NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  next_attempt_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_revocation_next_attempt_at_idx ON provider_revocation (next_attempt_at);
CREATE INDEX provider_revocation_created_at_idx ON provider_revocation (created_at);

-- Identities that their owner removed from an account: they never come back to it by themselves.
CREATE TABLE unlinked_identity (
  id          uuid PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES account (user_id),
  provider    text NOT NULL,
  subject     text NOT NULL,
  unlinked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX unlinked_identity_subject_idx ON unlinked_identity (provider, subject, unlinked_at DESC);
CREATE INDEX unlinked_identity_user_id_idx ON unlinked_identity (user_id);

-- First sign-ins under way, by address with ASCII letters folded; for a minute at most, so that what a crash left behind misleads nobody.
-- Several of one verified address at the same moment end in one account: the first announces, until its identity is recorded, under which key
-- its user is being made at the users service, and the others ask for the same key.
CREATE TABLE first_sign_in (
  address      text PRIMARY KEY,
  provider     text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  external_key text NOT NULL,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX first_sign_in_expires_at_idx ON first_sign_in (expires_at);
CREATE INDEX first_sign_in_external_key_idx ON first_sign_in (external_key);

-- Who deletes an account and comes back is the same person: no second sign-up credits, no fresh limits, and what was owed is still owed.
-- What people signed in with, as keyed digests: provider and subject, and the verified mailbox without its tag. Nobody can read an identity from
-- one, and without the key nobody can test a guess; so they say nothing of a person and stay when the account is erased.
CREATE TABLE remembered_identity (
  digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
  lineage_id uuid NOT NULL
);

-- Keys of digests that must be made anew for as long as they are compared, so these keys are never replaced; sealed like signing keys.
CREATE TABLE digest_key (
  purpose    text PRIMARY KEY,
  key_sealed bytea NOT NULL
);

-- Networks that signed in to an address with a code. Both are keyed hashes.
CREATE TABLE known_network (
  recipient_digest bytea NOT NULL CHECK (length(recipient_digest) = 32),
  network_digest   bytea NOT NULL CHECK (length(network_digest) = 32),
  signed_in_at     timestamptz NOT NULL,
  PRIMARY KEY (recipient_digest, network_digest)
);
CREATE INDEX known_network_signed_in_at_idx ON known_network (signed_in_at);

GRANT USAGE ON SCHEMA public TO turnpike_auth_service;
GRANT SELECT, INSERT, UPDATE ON account, remembered_identity, digest_key TO turnpike_auth_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity, session, signing_key, revocation, outbox, project, api_key, verification_code, verification_window,
  known_network, idempotency, browser_sign_in, sign_in_code, used_proof, provider_grant, provider_revocation, unlinked_identity, first_sign_in
  TO turnpike_auth_service;
-- The trail is written and read; erasure blanks the personal columns, retention removes whole rows.
GRANT SELECT, INSERT, DELETE ON audit_event TO turnpike_auth_service;
GRANT UPDATE (user_id, session_id, address, user_agent, request_id, detail) ON audit_event TO turnpike_auth_service;
