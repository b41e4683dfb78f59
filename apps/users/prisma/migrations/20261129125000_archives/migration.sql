-- What is archived of everybody at once, and up to when it is.
CREATE TABLE archive_run (
  stream          text PRIMARY KEY CHECK (stream IN ('usage_logs', 'audit')),
  until           timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts        integer NOT NULL DEFAULT 0,
  last_error      text CHECK (length(last_error) <= 32)
);

-- Days of the audit trail, as ranges of its entries.
CREATE TABLE audit_period (
  day      date PRIMARY KEY,
  after_id bigint NOT NULL,
  until_id bigint NOT NULL
);

-- Whose entries of which day are still to be archived.
CREATE TABLE audit_archive_due (
  organisation_id uuid NOT NULL,
  day             date NOT NULL,
  after_id        bigint NOT NULL,
  until_id        bigint NOT NULL,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts        integer NOT NULL DEFAULT 0,
  PRIMARY KEY (organisation_id, day)
);
CREATE INDEX audit_archive_due_next_attempt_at_idx ON audit_archive_due (next_attempt_at);

-- Files that were written, in their order, and what each ended with.
CREATE TABLE audit_archive (
  organisation_id uuid NOT NULL,
  number          integer NOT NULL CHECK (number > 0),
  day             date NOT NULL,
  entries         integer NOT NULL,
  previous        text CHECK (length(previous) = 64),
  chain           text NOT NULL CHECK (length(chain) = 64),
  place           text NOT NULL CHECK (length(place) <= 600),
  written_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (organisation_id, number)
);

GRANT SELECT, INSERT, UPDATE ON archive_run TO turnpike_users_service;
GRANT SELECT, INSERT ON audit_period TO turnpike_users_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_archive_due TO turnpike_users_service;
GRANT SELECT, INSERT ON audit_archive TO turnpike_users_service;
