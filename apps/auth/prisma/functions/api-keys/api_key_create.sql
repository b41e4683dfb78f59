-- Makes a key in a live project; of an organisation's the user is an admin and answers for the key. The project's lock orders it against the
-- project's deletion and other keys' making. No row: no such project. An outcome of `too_many` writes nothing.
CREATE OR REPLACE FUNCTION api_key_create(
  p_id uuid, p_operation_id uuid, p_user_id uuid, p_project_id uuid, p_name text, p_prefix text, p_digest bytea,
  p_scopes text[], p_rate_limit integer, p_life interval, p_max integer
) RETURNS TABLE (outcome text, key api_key)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  home project;
  made api_key;
  now_at timestamptz;
BEGIN
  SELECT * INTO home FROM project_lock_for_keys(p_project_id, p_user_id);
  IF home.id IS NULL THEN RETURN; END IF;
  SELECT * INTO made FROM api_key_reissue(p_operation_id, p_user_id, p_prefix, p_digest);
  IF made.id IS NOT NULL THEN
    RETURN QUERY SELECT 'created', made;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  IF (SELECT count(*) FROM api_key k
       WHERE k.project_id = p_project_id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now_at)) >= p_max THEN
    RETURN QUERY SELECT 'too_many', NULL::api_key;
    RETURN;
  END IF;
  INSERT INTO api_key (id, operation_id, user_id, project_id, name, prefix, digest, scopes, rate_limit_per_minute, organisation_id, environment,
                       expires_at, created_at, updated_at)
  VALUES (p_id, p_operation_id, p_user_id, p_project_id, p_name, p_prefix, p_digest, p_scopes, p_rate_limit, home.organisation_id, home.environment,
          now_at + p_life, now_at, now_at)
  RETURNING * INTO made;
  RETURN QUERY SELECT 'created', made;
END
$$;
