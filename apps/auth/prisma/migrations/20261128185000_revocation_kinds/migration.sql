-- Edges that do not know the new kinds take them to be about everybody (ADR 3), so they are rolled out before auth writes one.
ALTER TABLE revocation DROP CONSTRAINT revocation_kind_check;
ALTER TABLE revocation ADD CONSTRAINT revocation_kind_check
  CHECK (kind IN ('session', 'key', 'principal', 'sessions_of', 'tenant', 'membership', 'account'));
