-- What the LLM gateway keeps: policies of organisations with their versions, and violations.

-- A policy as it is now. `rule` has the shape of docs/policies.md. A deleted one stays for as long as violations that name it.
CREATE TABLE policy (
  id              uuid PRIMARY KEY,
  organisation_id uuid NOT NULL,
  environment     text NOT NULL CHECK (environment IN ('prod', 'test')),
  version         integer NOT NULL CHECK (version > 0),
  rule            jsonb NOT NULL,
  created_by      uuid,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  deleted_at      timestamptz
);
CREATE INDEX policy_set_idx ON policy (organisation_id, environment, id) WHERE deleted_at IS NULL;
CREATE INDEX policy_deleted_at_idx ON policy (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX policy_created_by_idx ON policy (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE policy_version (
  policy_id  uuid NOT NULL REFERENCES policy ON DELETE CASCADE,
  version    integer NOT NULL CHECK (version > 0),
  rule       jsonb NOT NULL,
  changed_by uuid,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (policy_id, version)
);
CREATE INDEX policy_version_changed_by_idx ON policy_version (changed_by) WHERE changed_by IS NOT NULL;

-- What processes of the gateway read to learn which sets have changed. Revisions are given under the lock of the one row of policy_clock, so that they
-- become visible in their order: whoever has read one has read all before it.
CREATE TABLE policy_set_revision (
  organisation_id uuid NOT NULL,
  environment     text NOT NULL,
  revision        bigint NOT NULL,
  PRIMARY KEY (organisation_id, environment)
);
CREATE INDEX policy_set_revision_idx ON policy_set_revision (revision);
CREATE TABLE policy_clock (
  id       boolean PRIMARY KEY DEFAULT true CHECK (id),
  revision bigint NOT NULL DEFAULT 0
);
INSERT INTO policy_clock DEFAULT VALUES;

-- What one policy found in a request or an answer. An id of a policy is no reference: the operator's have rows nowhere.
CREATE TABLE violation (
  id                uuid PRIMARY KEY,
  organisation_id   uuid,
  environment       text,
  user_id           uuid,
  key_id            uuid,
  request_id        text NOT NULL,
  provider          text NOT NULL,
  model             text NOT NULL,
  policy_id         text NOT NULL,
  policy_name       text NOT NULL,
  policy_version    integer NOT NULL,
  type              text NOT NULL,
  category          text NOT NULL,
  severity          text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  action            text NOT NULL CHECK (action IN ('blocked', 'redacted', 'flagged')),
  direction         text NOT NULL CHECK (direction IN ('request', 'response')),
  location          text NOT NULL,
  match_count       integer NOT NULL,
  excerpt           text NOT NULL CHECK (length(excerpt) <= 120),
  matches           jsonb NOT NULL,
  phase             text NOT NULL CHECK (phase IN ('sync', 'async')),
  status            text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'resolved', 'false_positive')),
  note              text CHECK (length(note) <= 1000),
  status_changed_by uuid,
  status_changed_at timestamptz,
  created_at        timestamptz NOT NULL
);
CREATE INDEX violation_organisation_idx ON violation (organisation_id, environment, created_at DESC, id DESC) WHERE organisation_id IS NOT NULL;
CREATE INDEX violation_user_idx ON violation (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX violation_status_changed_by_idx ON violation (status_changed_by) WHERE status_changed_by IS NOT NULL;
CREATE INDEX violation_created_at_idx ON violation (created_at);

-- People who were erased lately: what was under way then must not bring their name back.
CREATE TABLE erased_user (
  user_id   uuid PRIMARY KEY,
  erased_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX erased_user_erased_at_idx ON erased_user (erased_at);

GRANT USAGE ON SCHEMA public TO turnpike_llm_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON policy, policy_version, policy_set_revision, violation, erased_user TO turnpike_llm_service;
GRANT SELECT, UPDATE ON policy_clock TO turnpike_llm_service;
