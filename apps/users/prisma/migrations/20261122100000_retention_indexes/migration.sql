-- Delivered events that have served their time are found by an index, however many there are.
CREATE INDEX outbox_delivered_at_idx ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
