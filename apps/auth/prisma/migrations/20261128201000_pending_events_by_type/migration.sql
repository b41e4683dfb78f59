-- The index by type and time finds them too; by this one, whoever looks for a type that has none would pass all that wait.
DROP INDEX outbox_pending_idx;
