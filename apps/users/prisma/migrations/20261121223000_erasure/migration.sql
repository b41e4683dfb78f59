-- Erasures: a receipt per request, and a step per place that holds something about the person.

-- The receipt stays for good: that something was erased, when, and where; the bare user id says nothing about a person.
CREATE TABLE erasure (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL,
  requested_by text NOT NULL CHECK (requested_by IN ('user', 'operator')),
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz
);
CREATE INDEX erasure_user_id_idx ON erasure (user_id);
CREATE INDEX erasure_open_idx ON erasure (requested_at) WHERE completed_at IS NULL;

-- The table is the queue. A claim moves `next_attempt_at` ahead by a lease, so a step whose worker died is taken again when it ends; doing
-- a step twice does no harm. Steps of a later phase wait for all of the earlier ones.
CREATE TABLE erasure_step (
  erasure_id      uuid NOT NULL REFERENCES erasure (id),
  target          text NOT NULL CHECK (length(target) BETWEEN 1 AND 80),
  phase           smallint NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_error      text CHECK (length(last_error) <= 200),
  erased          jsonb,
  done_at         timestamptz,
  PRIMARY KEY (erasure_id, target)
) WITH (fillfactor = 80);
CREATE INDEX erasure_step_due_idx ON erasure_step (next_attempt_at) WHERE done_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON erasure, erasure_step TO turnpike_users_service;
