-- Exports of an organisation's records, in files of its own store or of the operator's place.
CREATE TABLE organisation_export (
  id              uuid PRIMARY KEY,
  organisation_id uuid NOT NULL,
  requested_by    uuid,
  state           text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'ready', 'failed', 'deleting')),
  include         text[] NOT NULL CHECK (cardinality(include) > 0),
  since           timestamptz,
  until           timestamptz NOT NULL,
  -- Which place its files are in, without a secret.
  place           text NOT NULL CHECK (length(place) <= 600),
  -- Where it is to be gone on: the kind of records, counted from 0, and behind which record of them.
  kind            integer NOT NULL DEFAULT 0,
  cursor          text CHECK (length(cursor) <= 64),
  pages           integer NOT NULL DEFAULT 0,
  records         bigint NOT NULL DEFAULT 0,
  bytes           bigint NOT NULL DEFAULT 0,
  attempts        integer NOT NULL DEFAULT 0,
  failing_since   timestamptz,
  failure         text CHECK (length(failure) <= 32),
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at     timestamptz,
  expires_at      timestamptz
);
CREATE INDEX organisation_export_due_idx ON organisation_export (next_attempt_at);
CREATE INDEX organisation_export_organisation_idx ON organisation_export (organisation_id, created_at);
CREATE INDEX organisation_export_requested_by_idx ON organisation_export (requested_by) WHERE requested_by IS NOT NULL;

-- The files of an export, and what each is, compressed.
CREATE TABLE organisation_export_page (
  export_id uuid NOT NULL,
  number    integer NOT NULL CHECK (number > 0),
  records   integer NOT NULL,
  bytes     integer NOT NULL,
  sha256    text NOT NULL CHECK (length(sha256) = 64),
  PRIMARY KEY (export_id, number)
);

-- Stores that take everything take exports too.
UPDATE storage_settings SET streams = streams || ARRAY['exports']
 WHERE streams @> ARRAY['usage_logs', 'audit'] AND NOT streams @> ARRAY['exports'];

GRANT SELECT, INSERT, UPDATE, DELETE ON organisation_export TO turnpike_users_service;
GRANT SELECT, INSERT, DELETE ON organisation_export_page TO turnpike_users_service;
