-- Items of stored responses and conversations, which a request may name by their ids alone: they are theirs whose response or conversation it is.
CREATE TABLE kept_item (
  credential_id text NOT NULL,
  id            text NOT NULL,
  object_id     text NOT NULL,
  PRIMARY KEY (credential_id, id),
  CONSTRAINT kept_item_object_fkey FOREIGN KEY (credential_id, object_id) REFERENCES kept_object (credential_id, id) ON DELETE CASCADE
);
CREATE INDEX kept_item_object_idx ON kept_item (credential_id, object_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON kept_item TO turnpike_llm_service;
