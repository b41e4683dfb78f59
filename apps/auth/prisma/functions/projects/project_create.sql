-- Makes a project, unless the user has p_max of them. Locking the account makes concurrent calls count one after another.
-- outcome: created | too_many | inactive
CREATE OR REPLACE FUNCTION project_create(p_id uuid, p_user_id uuid, p_name text, p_max integer)
RETURNS TABLE (outcome text, created_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_at timestamptz;
BEGIN
  PERFORM 1 FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'inactive', NULL::timestamptz;
    RETURN;
  END IF;
  IF (SELECT count(*) FROM project p WHERE p.user_id = p_user_id AND p.deleted_at IS NULL) >= p_max THEN
    RETURN QUERY SELECT 'too_many', NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  INSERT INTO project (id, user_id, name, created_at, updated_at) VALUES (p_id, p_user_id, p_name, now_at, now_at);
  RETURN QUERY SELECT 'created', now_at;
END
$$;
