-- Disables or closes an account and ends its sessions: status first (session_open locks the same row), sessions after. One revocation
-- names the whole principal. Closing is final. A user that never signed in here is recorded as stopped too, so that a first sign-in under way
-- finds it so. Every call raises `revision`, also where the account was stopped already; that changes nothing else.
CREATE OR REPLACE FUNCTION account_stop(p_user_id uuid, p_status text, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  was text;
BEGIN
  INSERT INTO account (user_id, tier) VALUES (p_user_id, 'free') ON CONFLICT DO NOTHING;
  SELECT a.status INTO was FROM account a WHERE a.user_id = p_user_id FOR NO KEY UPDATE;
  UPDATE account a SET revision = a.revision + 1 WHERE a.user_id = p_user_id;
  IF was = 'deleted' OR was = p_status THEN RETURN; END IF;
  UPDATE account a
     SET status = p_status, deleted_at = CASE WHEN p_status = 'deleted' THEN clock_timestamp() END
   WHERE a.user_id = p_user_id;
  UPDATE session s
     SET ended_at = clock_timestamp(), end_reason = p_reason, successor_sealed = NULL
   WHERE s.user_id = p_user_id AND s.ended_at IS NULL;
  INSERT INTO audit_event (action, user_id, actor) VALUES ('account.' || p_status, p_user_id, 'system');
  RETURN QUERY
    INSERT INTO revocation (kind, target_id) VALUES ('principal', p_user_id)
    RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at;
END
$$;
