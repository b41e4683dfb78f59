-- Erases all of a user's rows; returns how many. Repeating it finds nothing and changes nothing.
CREATE OR REPLACE FUNCTION erase_user(p_user_id text, OUT timepoints integer, OUT moments integer) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_user_id, 0));
  INSERT INTO erased_user (user_id) VALUES (p_user_id) ON CONFLICT DO NOTHING;
  DELETE FROM timepoint WHERE user_id = p_user_id;
  GET DIAGNOSTICS timepoints = ROW_COUNT;
  DELETE FROM moment WHERE created_by = p_user_id;
  GET DIAGNOSTICS moments = ROW_COUNT;
END
$$;
