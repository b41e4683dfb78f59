-- Ends one live session and records the revocation. No row comes back when there was nothing to end.
CREATE OR REPLACE FUNCTION session_end(p_session_id uuid, p_user_id uuid, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE sql VOLATILE AS $$
  WITH ended AS (
    UPDATE session s
       SET ended_at = clock_timestamp(), end_reason = p_reason, successor_sealed = NULL
     WHERE s.id = p_session_id AND s.ended_at IS NULL AND (p_user_id IS NULL OR s.user_id = p_user_id)
    RETURNING s.id, s.user_id
  ), audited AS (
    INSERT INTO audit_event (action, user_id, session_id, detail)
    SELECT 'session.end', ended.user_id, ended.id, jsonb_build_object('reason', p_reason) FROM ended
  )
  INSERT INTO revocation (kind, target_id)
  SELECT 'session', ended.id FROM ended
  RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at
$$;
