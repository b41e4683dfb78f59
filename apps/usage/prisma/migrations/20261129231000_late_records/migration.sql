-- Records of organisations that were stored when the archive of their hour may have been written: they are in no archive of an hour, but in one of late ones.
CREATE TABLE late_record (
  id              uuid PRIMARY KEY,
  organisation_id uuid NOT NULL,
  at              timestamptz NOT NULL,
  stored_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The archive that it is in; null until it is to be written.
  batch_id        uuid
);
CREATE INDEX late_record_waiting_idx ON late_record (stored_at) WHERE batch_id IS NULL;
CREATE INDEX late_record_batch_idx ON late_record (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX late_record_at_idx ON late_record (at);

-- Archives of late records: once it is there, one always holds the same records.
CREATE TABLE late_batch (
  id              uuid PRIMARY KEY,
  organisation_id uuid NOT NULL,
  hour            timestamptz NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  archived_at     timestamptz
);
CREATE INDEX late_batch_due_idx ON late_batch (next_attempt_at) WHERE archived_at IS NULL;
CREATE INDEX late_batch_hour_idx ON late_batch (hour);

GRANT SELECT, INSERT, UPDATE, DELETE ON late_record, late_batch TO turnpike_usage_service;
