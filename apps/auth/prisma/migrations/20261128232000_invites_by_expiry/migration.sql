-- Invites go some time after their expiry, the oldest first, however many there are.
CREATE INDEX invite_expires_at_idx ON invite (expires_at);
DROP INDEX invite_ended_at_idx;
