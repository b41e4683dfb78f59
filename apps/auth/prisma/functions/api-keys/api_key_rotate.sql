-- Replaces a key: the new one has its name, scopes, limits and length of life; the old one ends now or at the end of the overlap. For an
-- organisation's key whoever replaces it, an admin, answers from then on.
-- No row: no such key. outcome: rotated | inactive (ended, paused, expired, or rotated before)
CREATE OR REPLACE FUNCTION api_key_rotate(
  p_old_id uuid, p_user_id uuid, p_project_id uuid, p_new_id uuid, p_operation_id uuid, p_prefix text, p_digest bytea, p_overlap interval
) RETURNS TABLE (outcome text, key api_key, revocation_id bigint, revocation_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  home project;
  old api_key;
  made api_key;
  now_at timestamptz;
  r_id bigint;
  r_at timestamptz;
BEGIN
  SELECT * INTO home FROM project_lock_for_keys(p_project_id, p_user_id);
  IF home.id IS NULL THEN RETURN; END IF;
  SELECT * INTO old FROM api_key
   WHERE api_key.id = p_old_id AND api_key.project_id = p_project_id AND (home.organisation_id IS NOT NULL OR api_key.user_id = p_user_id)
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO made FROM api_key_reissue(p_operation_id, p_user_id, p_prefix, p_digest);
  IF made.id IS NOT NULL THEN
    RETURN QUERY SELECT 'rotated', made, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  IF old.revoked_at IS NOT NULL OR old.paused_at IS NOT NULL OR old.retires_at IS NOT NULL OR old.expires_at <= now_at THEN
    RETURN QUERY SELECT 'inactive', NULL::api_key, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;
  INSERT INTO api_key (id, operation_id, user_id, project_id, name, prefix, digest, scopes, rate_limit_per_minute, rotated_from,
                       organisation_id, environment, constraints, metadata, expires_at, created_at, updated_at)
  VALUES (p_new_id, p_operation_id, p_user_id, p_project_id, old.name, p_prefix, p_digest, old.scopes, old.rate_limit_per_minute, old.id,
          old.organisation_id, old.environment, old.constraints, old.metadata, now_at + (old.expires_at - old.created_at), now_at, now_at)
  RETURNING * INTO made;
  IF p_overlap > interval '0' THEN
    UPDATE api_key SET retires_at = now_at + p_overlap, updated_at = now_at WHERE api_key.id = old.id;
  ELSE
    SELECT e.revocation_id, e.revocation_at INTO r_id, r_at FROM api_key_end(old.id, NULL, p_project_id, 'rotated') e;
  END IF;
  RETURN QUERY SELECT 'rotated', made, r_id, r_at;
END
$$;
