-- Forgets a person: what they did for themselves goes, what they did within organisations stays theirs without the person's name, and so do all sums.
-- Returns how many rows were erased or blanked, by table. Safe to repeat.
CREATE OR REPLACE FUNCTION usage_erase_user(p_user_id uuid) RETURNS TABLE (erased_from text, erased_rows bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_none CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  v_sums usage_rollup%ROWTYPE;
  v_deleted bigint;
  v_blanked bigint;
BEGIN
  INSERT INTO erased_user (user_id) VALUES (p_user_id) ON CONFLICT (user_id) DO UPDATE SET erased_at = now();
  DELETE FROM request_record WHERE user_id = p_user_id AND organisation_id IS NULL;
  GET DIAGNOSTICS v_deleted = ROW_COUNT;
  UPDATE request_record SET user_id = NULL, session_id = NULL, request_id = '', replay_of = NULL, caller = 'erased' WHERE user_id = p_user_id;
  GET DIAGNOSTICS v_blanked = ROW_COUNT;
  RETURN QUERY SELECT 'request_record', v_deleted + v_blanked;
  DELETE FROM unmatched_call WHERE user_id = p_user_id;
  GET DIAGNOSTICS v_deleted = ROW_COUNT;
  RETURN QUERY SELECT 'unmatched_call', v_deleted;
  v_deleted := 0;
  FOR v_sums IN
    DELETE FROM usage_rollup u WHERE u.user_id = p_user_id OR (u.unit IN ('hour_total', 'day_total') AND u.owner_id = p_user_id) RETURNING u.*
  LOOP
    v_deleted := v_deleted + 1;
    IF v_sums.owner_id = p_user_id THEN
      v_sums.owner_id := v_none;
      v_sums.key_id := v_none;
      v_sums.project_id := v_none;
    END IF;
    v_sums.user_id := v_none;
    INSERT INTO usage_rollup AS u VALUES (v_sums.*)
    ON CONFLICT (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model) DO UPDATE SET
      requests = u.requests + excluded.requests, errors = u.errors + excluded.errors, blocked = u.blocked + excluded.blocked,
      charged_micro = u.charged_micro + excluded.charged_micro, input_tokens = u.input_tokens + excluded.input_tokens,
      output_tokens = u.output_tokens + excluded.output_tokens, cache_read_tokens = u.cache_read_tokens + excluded.cache_read_tokens,
      cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens, reasoning_tokens = u.reasoning_tokens + excluded.reasoning_tokens,
      violations = u.violations + excluded.violations, latency = usage_add(u.latency, excluded.latency), ttft = usage_add(u.ttft, excluded.ttft);
  END LOOP;
  RETURN QUERY SELECT 'usage_rollup', v_deleted;
END
$$;
