-- An organisation's entries in the order in which they were recorded, for its archives.
CREATE INDEX audit_event_organisation_entry_idx ON audit_event (organisation_id, id) WHERE organisation_id IS NOT NULL;
