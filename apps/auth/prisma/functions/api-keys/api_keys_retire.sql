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
