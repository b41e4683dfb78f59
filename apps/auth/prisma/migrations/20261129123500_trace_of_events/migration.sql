-- The trace that an event belongs to, where it is recorded.
ALTER TABLE outbox ADD COLUMN traceparent text;
