-- Passwords, sign-ups that wait for their code, and ways to choose a new password.

ALTER TABLE account
  ADD COLUMN first_name text CHECK (length(first_name) BETWEEN 1 AND 100),
  ADD COLUMN last_name text CHECK (length(last_name) BETWEEN 1 AND 100);

CREATE TABLE password (
  user_id    uuid PRIMARY KEY REFERENCES account (user_id),
  phc        text NOT NULL CHECK (phc LIKE '$argon2id$%'),
  revision   uuid NOT NULL DEFAULT gen_random_uuid(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

CREATE TABLE registration (
  id             uuid PRIMARY KEY,
  email          text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  network_digest bytea NOT NULL CHECK (length(network_digest) = 32),
  phc            text NOT NULL CHECK (phc LIKE '$argon2id$%'),
  first_name     text CHECK (length(first_name) BETWEEN 1 AND 100),
  last_name      text CHECK (length(last_name) BETWEEN 1 AND 100),
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at     timestamptz NOT NULL,
  UNIQUE (email, network_digest)
);
CREATE INDEX registration_expires_at_idx ON registration (expires_at);

CREATE TABLE reset_token (
  digest            bytea PRIMARY KEY CHECK (length(digest) = 32),
  email             text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  network_digest    bytea NOT NULL CHECK (length(network_digest) = 32),
  password_revision uuid,
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at        timestamptz NOT NULL,
  UNIQUE (email, network_digest)
);
CREATE INDEX reset_token_expires_at_idx ON reset_token (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON password, registration, reset_token TO turnpike_auth_service;
