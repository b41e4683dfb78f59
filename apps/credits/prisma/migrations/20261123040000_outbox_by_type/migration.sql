-- Events are handed over type by type: those of a consumer that does not keep up wait here, and nobody passes them all to find the others.
CREATE INDEX outbox_pending_type_idx ON outbox (type, created_at) WHERE delivered_at IS NULL;
