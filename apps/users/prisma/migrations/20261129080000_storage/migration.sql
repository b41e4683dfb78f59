-- Stores of their own that organisations have their records archived to. No row: nothing is archived.
CREATE TABLE storage_settings (
  organisation_id  uuid PRIMARY KEY,
  endpoint         text CHECK (length(endpoint) <= 255),
  region           text NOT NULL CHECK (length(region) <= 32),
  bucket           text NOT NULL CHECK (length(bucket) <= 63),
  prefix           text NOT NULL DEFAULT '' CHECK (length(prefix) <= 200),
  force_path_style boolean NOT NULL DEFAULT false,
  access_key_id    text NOT NULL CHECK (length(access_key_id) <= 128),
  secret_sealed    bytea NOT NULL,
  streams          text[] NOT NULL,
  last_tested_at   timestamptz,
  last_error       text CHECK (length(last_error) <= 32),
  -- Since when nothing could be written.
  failing_since    timestamptz,
  -- Everything before it is archived, or was there before the organisation had a store.
  archived_until   timestamptz NOT NULL,
  next_attempt_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts         integer NOT NULL DEFAULT 0,
  updated_by       uuid,
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX storage_settings_due_idx ON storage_settings (next_attempt_at);
CREATE INDEX storage_settings_updated_by_idx ON storage_settings (updated_by) WHERE updated_by IS NOT NULL;

-- When an organisation last had stores tried: so many times an hour it may.
CREATE TABLE storage_test (
  organisation_id uuid PRIMARY KEY,
  tested_at       timestamptz[] NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON storage_settings TO turnpike_users_service;
GRANT SELECT, INSERT, UPDATE ON storage_test TO turnpike_users_service;
