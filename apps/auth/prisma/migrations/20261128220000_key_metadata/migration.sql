-- Notes of whoever made a key, shown to the organisation's members.
ALTER TABLE api_key ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}'::jsonb;
ALTER TABLE api_key ADD CONSTRAINT api_key_metadata_check CHECK (jsonb_typeof(metadata) = 'object'::text);
