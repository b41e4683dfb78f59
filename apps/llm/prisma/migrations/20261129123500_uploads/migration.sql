-- Uploads in parts: whoever began one goes on with it.
ALTER TABLE kept_object DROP CONSTRAINT kept_object_kind_check,
  ADD CONSTRAINT kept_object_kind_check CHECK (kind IN ('file', 'upload', 'response', 'conversation'));
CREATE INDEX kept_object_short_lived_idx ON kept_object (created_at) WHERE kind = 'upload' OR (kind = 'file' AND id LIKE 'files/%');
