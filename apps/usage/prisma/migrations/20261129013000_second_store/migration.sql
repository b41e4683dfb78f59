-- Beside a second store of records. How far the erasure of a person is whose sums are kept there: the copies without their name are told by `origin`.
CREATE TABLE pending_erasure (
  user_id uuid PRIMARY KEY,
  origin  uuid NOT NULL,
  copied  boolean NOT NULL DEFAULT false
);
-- Sums that were copied here from another store, so that they are added once.
CREATE TABLE imported_sums (
  unit        text NOT NULL,
  at          timestamptz NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (unit, at)
);
CREATE INDEX imported_sums_imported_at_idx ON imported_sums (imported_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON pending_erasure, imported_sums TO turnpike_usage_service;

-- Records of calls of language models in the second store, as columns, until the call is known that completes them.
CREATE TABLE unmatched_record (
  id         uuid PRIMARY KEY,
  at         timestamptz NOT NULL,
  request_id text NOT NULL,
  user_id    uuid NOT NULL,
  columns    jsonb NOT NULL,
  stored_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unmatched_record_request_id_idx ON unmatched_record (request_id);
CREATE INDEX unmatched_record_user_id_idx ON unmatched_record (user_id);
CREATE INDEX unmatched_record_stored_at_idx ON unmatched_record (stored_at);
-- Records that are complete, as they were and as they are, until the second store has them.
CREATE TABLE pending_completion (
  id        uuid PRIMARY KEY,
  completed jsonb NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON unmatched_record, pending_completion TO turnpike_usage_service;
