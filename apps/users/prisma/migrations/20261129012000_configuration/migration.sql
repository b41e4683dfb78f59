-- What operators and organisations set of the configuration; its keys are those of the contracts' registry. The system's rows are of the
-- organisation of zeros. A value that is taken away leaves its row, so that a version never comes back.
CREATE TABLE config_value (
  organisation_id   uuid NOT NULL,
  key               text NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
  value             jsonb,
  -- In place of the value, of secrets.
  sealed            bytea,
  is_locked         boolean NOT NULL DEFAULT false,
  version           integer NOT NULL DEFAULT 0,
  -- The last version that is on the stream of changes.
  announced_version integer NOT NULL DEFAULT 0,
  updated_by        uuid,
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (organisation_id, key),
  CHECK (value IS NULL OR sealed IS NULL),
  CHECK (NOT is_locked OR organisation_id = '00000000-0000-0000-0000-000000000000')
);
CREATE INDEX config_value_unannounced_idx ON config_value (updated_at) WHERE announced_version < version;
-- How many organisations have a value of their own.
CREATE INDEX config_value_key_idx ON config_value (key) WHERE value IS NOT NULL OR sealed IS NOT NULL;
-- Values that are sealed anew when the key-encryption key is replaced.
CREATE INDEX config_value_sealed_idx ON config_value (organisation_id, key) WHERE sealed IS NOT NULL;
-- For erasures: who set a value, and whose address one is.
CREATE INDEX config_value_updated_by_idx ON config_value (updated_by) WHERE updated_by IS NOT NULL;
CREATE INDEX config_value_address_idx ON config_value (lower((value #>> '{}') COLLATE "C"))
  WHERE key IN ('alerts.email', 'branding.support_email');

GRANT SELECT, INSERT, UPDATE ON config_value TO turnpike_users_service;
