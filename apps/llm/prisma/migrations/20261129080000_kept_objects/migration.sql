-- What callers keep at vendors under the operator's accounts, which many share: whose each object is. Those of an organisation are everybody's in it, in
-- one environment; the others are of the person alone. `object` is the vendor's own description, of kinds that are listed.
CREATE TABLE kept_object (
  credential_id   text NOT NULL,
  id              text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('file', 'response', 'conversation')),
  organisation_id uuid,
  environment     text,
  user_id         uuid,
  key_id          uuid,
  object          jsonb,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (credential_id, id),
  CHECK ((organisation_id IS NULL) = (environment IS NULL)),
  CHECK (organisation_id IS NOT NULL OR user_id IS NOT NULL)
);
CREATE INDEX kept_object_organisation_idx ON kept_object (organisation_id, environment, credential_id, kind, created_at, id) WHERE organisation_id IS NOT NULL;
CREATE INDEX kept_object_user_idx ON kept_object (user_id, credential_id, kind, created_at, id) WHERE user_id IS NOT NULL;
CREATE INDEX kept_object_response_idx ON kept_object (created_at) WHERE kind = 'response';

GRANT SELECT, INSERT, UPDATE, DELETE ON kept_object TO turnpike_llm_service;
