-- When the owners were told of an outage of their store; null again once it is over.
ALTER TABLE storage_settings ADD COLUMN told_at timestamptz;

-- So that rows of organisations which have long tried nothing can go.
ALTER TABLE storage_test ADD COLUMN last_tested_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX storage_test_last_tested_at_idx ON storage_test (last_tested_at);
GRANT DELETE ON storage_test TO turnpike_users_service;
