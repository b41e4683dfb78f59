-- Users, the keys that name them outside of Turnpike, and erasures. The functions that change users in one round trip: prisma/functions.

-- A deleted user stays as a tombstone without personal data, so that its id answers 410 and is never given out again.
CREATE TABLE app_user (
  id             uuid PRIMARY KEY,
  email          text CHECK (length(email) BETWEEN 3 AND 254),
  email_verified boolean NOT NULL DEFAULT false,
  display_name   text CHECK (length(display_name) BETWEEN 1 AND 120),
  tier           text NOT NULL CHECK (tier ~ '^[a-z][a-z0-9_-]{0,31}$'),
  status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  deleted_at     timestamptz,
  CHECK ((status = 'deleted') = (deleted_at IS NOT NULL)),
  CHECK (status <> 'deleted' OR (email IS NULL AND display_name IS NULL AND NOT email_verified)),
  CHECK (email IS NOT NULL OR NOT email_verified)
);

-- Keys that name a user elsewhere: `identity` holds what people sign in with (`apple:<sub>`), `external` the ids that services use. Two
-- namespaces, so that a service cannot reach somebody's account by sending an external id that looks like an identity.
-- The key is written before its user (the primary key decides which of many concurrent calls creates), so the check waits for commit.
CREATE TABLE external_identity (
  namespace  text NOT NULL CHECK (namespace IN ('identity', 'external')),
  key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  user_id    uuid NOT NULL REFERENCES app_user (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace, key)
);
CREATE INDEX external_identity_user_id_idx ON external_identity (user_id);

-- Events for the other services, written in the transaction of the change they tell of. They carry ids, never personal data.
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

-- Lineages (all accounts that one person has or had) that had an account: the sign-up credits go to the first account of each. The ids are
-- random and name nobody, so they stay when the accounts are erased.
CREATE TABLE signed_up_lineage (
  lineage_id uuid PRIMARY KEY
);

-- Erasures: a receipt per request, and a step per place that holds something about the person. The receipt stays for good: that something was erased, when, and where; the bare user id says nothing about a person.
CREATE TABLE erasure (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL,
  requested_by text NOT NULL CHECK (requested_by IN ('user', 'operator')),
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz
);
CREATE INDEX erasure_user_id_idx ON erasure (user_id);
CREATE INDEX erasure_requested_at_idx ON erasure (requested_at DESC, id DESC);
CREATE INDEX erasure_open_idx ON erasure (requested_at) WHERE completed_at IS NULL;

-- The table is the queue. A claim moves `next_attempt_at` ahead by a lease, so a step whose worker died is taken again when it ends; doing
-- a step twice does no harm. Steps of a later phase wait for all of the earlier ones.
CREATE TABLE erasure_step (
  erasure_id      uuid NOT NULL REFERENCES erasure (id),
  target          text NOT NULL CHECK (length(target) BETWEEN 1 AND 80),
  phase           smallint NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_error      text CHECK (length(last_error) <= 200),
  erased          jsonb,
  done_at         timestamptz,
  PRIMARY KEY (erasure_id, target)
) WITH (fillfactor = 80);
CREATE INDEX erasure_step_due_idx ON erasure_step (next_attempt_at) WHERE done_at IS NULL;

GRANT USAGE ON SCHEMA public TO turnpike_users_service;
GRANT SELECT, INSERT, UPDATE ON app_user, erasure, erasure_step TO turnpike_users_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO turnpike_users_service;
GRANT SELECT, INSERT, DELETE ON external_identity TO turnpike_users_service;
GRANT SELECT, INSERT ON signed_up_lineage TO turnpike_users_service;
