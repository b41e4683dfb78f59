-- Deletes a project and ends its keys, unless it is the user's last. Locking all projects of the user lets concurrent deletions see each
-- other, so that one of them remains.
-- outcome: deleted | not_found | last
CREATE OR REPLACE FUNCTION project_delete(p_id uuid, p_user_id uuid)
RETURNS TABLE (outcome text, deleted_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  live uuid[];
  now_at timestamptz;
BEGIN
  SELECT array_agg(locked.id) INTO live FROM (
    SELECT p.id FROM project p WHERE p.user_id = p_user_id AND p.deleted_at IS NULL ORDER BY p.id FOR UPDATE
  ) locked;
  IF live IS NULL OR NOT p_id = ANY (live) THEN
    RETURN QUERY SELECT 'not_found', NULL::timestamptz;
    RETURN;
  END IF;
  IF cardinality(live) = 1 THEN
    RETURN QUERY SELECT 'last', NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  UPDATE project p SET deleted_at = now_at, updated_at = now_at WHERE p.id = p_id;
  RETURN QUERY SELECT 'deleted', now_at;
END
$$;
