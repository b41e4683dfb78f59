-- Which change of its organisation's access an account shows; events of changes overtake each other.
ALTER TABLE account ADD COLUMN owner_revision bigint NOT NULL DEFAULT 0;
