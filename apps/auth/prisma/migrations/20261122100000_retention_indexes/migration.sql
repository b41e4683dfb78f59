-- What has served its time is found by an index, however large its table is.
CREATE INDEX session_ended_at_idx ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX api_key_revoked_at_idx ON api_key (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_key_expires_at_idx ON api_key (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX project_deleted_at_idx ON project (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);
CREATE INDEX provider_revocation_created_at_idx ON provider_revocation (created_at);
CREATE INDEX outbox_delivered_at_idx ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
