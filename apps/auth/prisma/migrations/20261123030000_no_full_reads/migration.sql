-- Statements that read a whole table are given an index, or a text that an index helps.

-- The trail is listed by its moments, whatever it is narrowed to; entries of other services carry moments of their own.
DROP INDEX audit_event_user_id_idx, audit_event_action_idx, audit_event_at_idx;
CREATE INDEX audit_event_user_id_idx ON audit_event (user_id, at DESC, id DESC);
CREATE INDEX audit_event_action_idx ON audit_event (action, at DESC, id DESC);
CREATE INDEX audit_event_at_idx ON audit_event (at DESC, id DESC);

CREATE INDEX first_sign_in_external_key_idx ON first_sign_in (external_key);

-- An erasure finds scopes by their beginning, which an index does for the C collation only.
ALTER TABLE idempotency ALTER COLUMN scope TYPE text COLLATE "C";

-- Ends rotated keys whose overlap is over, one revocation each. The moment is that of the statement: no index helps a clock that goes on
-- from row to row.
CREATE OR REPLACE FUNCTION api_keys_retire()
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE sql VOLATILE AS $$
  WITH ended AS (
    UPDATE api_key k
       SET revoked_at = clock_timestamp(), revoke_reason = 'rotated', updated_at = clock_timestamp()
     WHERE k.id = ANY (ARRAY(
       SELECT due.id FROM api_key due
        WHERE due.retires_at <= statement_timestamp() AND due.revoked_at IS NULL
        ORDER BY due.retires_at LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED))
    RETURNING k.id
  )
  INSERT INTO revocation (kind, target_id)
  SELECT 'key', ended.id FROM ended
  RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at
$$;
