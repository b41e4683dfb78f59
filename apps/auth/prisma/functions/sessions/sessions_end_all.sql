-- Ends every live session of a user, one revocation each. The account row is locked first, as everywhere that touches several sessions.
CREATE OR REPLACE FUNCTION sessions_end_all(p_user_id uuid, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM account a WHERE a.user_id = p_user_id FOR NO KEY UPDATE;
  RETURN QUERY
    WITH ended AS (
      UPDATE session s
         SET ended_at = clock_timestamp(), end_reason = p_reason, successor_sealed = NULL
       WHERE s.user_id = p_user_id AND s.ended_at IS NULL
      RETURNING s.id, s.user_id
    ), audited AS (
      INSERT INTO audit_event (action, user_id, session_id, detail)
      SELECT 'session.end', ended.user_id, ended.id, jsonb_build_object('reason', p_reason) FROM ended
    )
    INSERT INTO revocation (kind, target_id)
    SELECT 'session', ended.id FROM ended
    RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at;
END
$$;
