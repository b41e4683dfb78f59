-- Organisations, who belongs to them in which role, who is invited, and whose projects and keys are an organisation's.

-- `tier` and `plan` are what credits last said of its subscription. Every change that ends or restores access raises `revision`.
CREATE TABLE organisation (
  id               uuid PRIMARY KEY,
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  billing_email    text CHECK (length(billing_email) BETWEEN 3 AND 254),
  status           text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'archived')),
  tier             text NOT NULL DEFAULT 'free' CHECK (length(tier) BETWEEN 1 AND 32),
  plan             text CHECK (length(plan) BETWEEN 1 AND 64),
  created_by       uuid REFERENCES account (user_id),
  suspended_at     timestamptz,
  suspended_reason text CHECK (length(suspended_reason) <= 500),
  archived_at      timestamptz,
  revision         bigint NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((status = 'suspended') <= (suspended_at IS NOT NULL)),
  CHECK ((status = 'archived') = (archived_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX organisation_created_by_idx ON organisation (created_by);
CREATE INDEX organisation_status_idx ON organisation (status, id DESC);
CREATE INDEX organisation_plan_idx ON organisation (plan, id DESC) WHERE plan IS NOT NULL;
CREATE INDEX organisation_archived_at_idx ON organisation (archived_at) WHERE archived_at IS NOT NULL;
-- For finding by the start of a name.
CREATE INDEX organisation_name_idx ON organisation (lower(name) text_pattern_ops);

-- The one judge of slugs: present ones, and those that were released and stay taken for a while. A retention deletes what is past `free_at`.
CREATE TABLE organisation_slug (
  slug            text PRIMARY KEY CHECK (slug ~ '^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,46}[a-z0-9]$'),
  -- Deferred, so that a slug can be claimed before the organisation is made, which nobody then has to take back.
  organisation_id uuid NOT NULL REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
  taken_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  free_at         timestamptz
);
CREATE UNIQUE INDEX organisation_slug_current_idx ON organisation_slug (organisation_id) WHERE free_at IS NULL;
CREATE INDEX organisation_slug_organisation_id_idx ON organisation_slug (organisation_id, taken_at DESC);
CREATE INDEX organisation_slug_free_at_idx ON organisation_slug (free_at) WHERE free_at IS NOT NULL;
CREATE INDEX organisation_slug_prefix_idx ON organisation_slug (slug text_pattern_ops);

-- Who comes back after a removal has a new membership, so that tokens of the old one stay dead.
CREATE TABLE membership (
  id              uuid PRIMARY KEY,
  organisation_id uuid NOT NULL REFERENCES organisation (id),
  user_id         uuid NOT NULL REFERENCES account (user_id),
  role            text NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
  status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  invited_by      uuid,
  joined_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (organisation_id, user_id)
);
CREATE INDEX membership_user_id_idx ON membership (user_id, joined_at DESC, id DESC);
CREATE INDEX membership_organisation_id_idx ON membership (organisation_id, joined_at DESC, id DESC);
CREATE INDEX membership_owner_idx ON membership (organisation_id) WHERE role = 'owner' AND status = 'active';

-- An invitation to an address (as `address_key` writes it). The token that was mailed is kept as a digest alone. Inviting again changes the pending row.
CREATE TABLE invite (
  id              uuid PRIMARY KEY,
  organisation_id uuid NOT NULL REFERENCES organisation (id),
  email           text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  role            text NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
  invited_by      uuid NOT NULL,
  token_digest    bytea NOT NULL UNIQUE CHECK (length(token_digest) = 32),
  sent_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_count      integer NOT NULL DEFAULT 1,
  expires_at      timestamptz NOT NULL,
  accepted_by     uuid,
  accepted_at     timestamptz,
  declined_at     timestamptz,
  revoked_at      timestamptz,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (num_nonnulls(accepted_at, declined_at, revoked_at) <= 1)
);
CREATE UNIQUE INDEX invite_pending_idx ON invite (organisation_id, email)
  WHERE accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invite_organisation_id_idx ON invite (organisation_id, created_at DESC, id DESC);
CREATE INDEX invite_email_idx ON invite (email);
CREATE INDEX invite_invited_by_idx ON invite (invited_by, organisation_id);
CREATE INDEX invite_ended_at_idx ON invite ((coalesce(accepted_at, declined_at, revoked_at, expires_at)));

-- A project is a person's or an organisation's. Organisations split theirs by environment; personal ones have none.
ALTER TABLE project
  ALTER COLUMN user_id DROP NOT NULL,
  ADD COLUMN organisation_id uuid REFERENCES organisation (id),
  ADD COLUMN environment text CHECK (environment IN ('prod', 'test')),
  ADD CONSTRAINT project_owner_check CHECK ((user_id IS NULL) <> (organisation_id IS NULL)),
  ADD CONSTRAINT project_environment_pair_check CHECK ((environment IS NULL) = (organisation_id IS NULL)),
  ADD UNIQUE (id, organisation_id, environment);
CREATE INDEX project_organisation_id_idx ON project (organisation_id, environment, created_at, id) WHERE organisation_id IS NOT NULL;

-- A key is its project's owner's. `user_id` is who answers for it: the person whose own it is, or the member who made or took it over. The pairs
-- hold a personal key to a project of that person, an organisation's to a project of that organisation and environment.
ALTER TABLE api_key
  ADD COLUMN organisation_id uuid,
  ADD COLUMN environment text CHECK (environment IN ('prod', 'test')),
  ADD COLUMN personal_user_id uuid GENERATED ALWAYS AS (CASE WHEN organisation_id IS NULL THEN user_id END) STORED,
  ADD COLUMN constraints jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(constraints) = 'object'),
  ADD COLUMN paused_at timestamptz,
  ADD CONSTRAINT api_key_environment_pair_check CHECK ((environment IS NULL) = (organisation_id IS NULL)),
  DROP CONSTRAINT api_key_project_id_user_id_fkey,
  ADD FOREIGN KEY (project_id, personal_user_id) REFERENCES project (id, user_id),
  ADD FOREIGN KEY (project_id, organisation_id, environment) REFERENCES project (id, organisation_id, environment);
CREATE INDEX api_key_organisation_id_idx ON api_key (organisation_id, environment, created_at DESC, id DESC) WHERE organisation_id IS NOT NULL;

-- An operator is a person; only the command line grants or takes the role.
CREATE TABLE operator (
  user_id    uuid PRIMARY KEY REFERENCES account (user_id),
  role       text NOT NULL CHECK (role IN ('viewer', 'support', 'admin')),
  granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  granted_by text NOT NULL CHECK (length(granted_by) BETWEEN 1 AND 120)
);

-- What happened in an organisation is found by it.
ALTER TABLE audit_event ADD COLUMN organisation_id uuid;
CREATE INDEX audit_event_organisation_id_idx ON audit_event (organisation_id, at DESC, id DESC) WHERE organisation_id IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON organisation TO turnpike_auth_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON organisation_slug, membership, invite, operator TO turnpike_auth_service;
