-- Calls of language models whose request record has not come yet: by whom, when, and the columns of the record that they fill.
CREATE TABLE unmatched_call (
  id              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  at              timestamptz NOT NULL,
  request_id      text NOT NULL,
  user_id         uuid NOT NULL,
  organisation_id uuid,
  facts           jsonb NOT NULL,
  stored_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unmatched_call_request_id_idx ON unmatched_call (request_id);
CREATE INDEX unmatched_call_user_id_idx ON unmatched_call (user_id);
CREATE INDEX unmatched_call_stored_at_idx ON unmatched_call (stored_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON unmatched_call TO turnpike_usage_service;
