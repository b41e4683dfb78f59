-- Ends the live keys of a project, one revocation each. Keys are locked in the order of their ids, as whoever writes their last use does.
CREATE OR REPLACE FUNCTION api_keys_end_project(p_project_id uuid, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE sql VOLATILE AS $$
  WITH live AS (
    SELECT k.id FROM api_key k WHERE k.project_id = p_project_id AND k.revoked_at IS NULL ORDER BY k.id FOR NO KEY UPDATE
  ), ended AS (
    UPDATE api_key k
       SET revoked_at = clock_timestamp(), revoke_reason = p_reason, updated_at = clock_timestamp()
      FROM live WHERE k.id = live.id
    RETURNING k.id
  )
  INSERT INTO revocation (kind, target_id)
  SELECT 'key', ended.id FROM ended
  RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at
$$;
