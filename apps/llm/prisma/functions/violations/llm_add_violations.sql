-- Stores violations, a JSON array of rows with the columns of `violation`; those that are there already are left alone, and people who were erased
-- meanwhile are not named. Returns how many were new.
CREATE OR REPLACE FUNCTION llm_add_violations(p_rows jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_rows integer;
BEGIN
  INSERT INTO violation (id, organisation_id, environment, user_id, key_id, request_id, provider, model, policy_id, policy_name, policy_version, type,
      category, severity, action, direction, location, match_count, excerpt, matches, phase, created_at)
  SELECT r.id, r.organisation_id, r.environment, CASE WHEN e.user_id IS NULL THEN r.user_id END, r.key_id,
      CASE WHEN e.user_id IS NULL THEN r.request_id ELSE '' END, r.provider, r.model, r.policy_id, r.policy_name, r.policy_version, r.type, r.category,
      r.severity, r.action, r.direction, r.location, r.match_count, CASE WHEN e.user_id IS NULL THEN r.excerpt ELSE '' END,
      CASE WHEN e.user_id IS NULL THEN r.matches ELSE '[]' END, r.phase, r.created_at
    FROM jsonb_populate_recordset(NULL::violation, p_rows) r LEFT JOIN erased_user e ON e.user_id = r.user_id
  ON CONFLICT (id) DO NOTHING;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END
$$;
