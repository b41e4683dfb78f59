-- Ends a key. Repeating it returns the first moment again. p_user_id and p_project_id null: an operator, whose key it is does not matter.
-- No row: no such key. revocation_id is null where the key had been ended before.
CREATE OR REPLACE FUNCTION api_key_end(p_id uuid, p_user_id uuid, p_project_id uuid, p_reason text)
RETURNS TABLE (key api_key, was_active boolean, revocation_id bigint, revocation_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  k api_key;
  active boolean;
  r_id bigint;
  r_at timestamptz;
BEGIN
  SELECT * INTO k FROM api_key
   WHERE api_key.id = p_id AND (p_user_id IS NULL OR api_key.user_id = p_user_id)
     AND (p_project_id IS NULL OR api_key.project_id = p_project_id)
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  active := k.revoked_at IS NULL AND coalesce(least(k.expires_at, k.retires_at) > clock_timestamp(), true);
  IF k.revoked_at IS NULL THEN
    UPDATE api_key SET revoked_at = clock_timestamp(), revoke_reason = p_reason, updated_at = clock_timestamp()
     WHERE api_key.id = p_id
    RETURNING * INTO k;
    INSERT INTO revocation (kind, target_id) VALUES ('key', p_id) RETURNING revocation.id, revocation.at INTO r_id, r_at;
  END IF;
  RETURN QUERY SELECT k, active, r_id, r_at;
END
$$;
