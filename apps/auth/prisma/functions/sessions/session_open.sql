-- Opens a session for an active account. Locking the account row first makes it wait for, or be seen by, a concurrent disabling or
-- deletion, so that neither leaves a live session behind.
-- outcome: opened | unknown | disabled | deleted
CREATE OR REPLACE FUNCTION session_open(
  p_session_id uuid, p_user_id uuid, p_method text, p_digest bytea,
  p_device text, p_user_agent text, p_address text, p_actor text, p_request_id text,
  p_idle interval, p_absolute interval
) RETURNS TABLE (outcome text, tier text, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_account account%ROWTYPE;
  absolute_end timestamptz;
BEGIN
  SELECT * INTO found_account FROM account a WHERE a.user_id = p_user_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'unknown', NULL::text, NULL::timestamptz;
    RETURN;
  END IF;
  IF found_account.status <> 'active' THEN
    RETURN QUERY SELECT found_account.status, NULL::text, NULL::timestamptz;
    RETURN;
  END IF;
  UPDATE account a SET last_login_at = clock_timestamp() WHERE a.user_id = p_user_id;
  absolute_end := clock_timestamp() + p_absolute;
  INSERT INTO session (id, user_id, method, device, user_agent, address, current_digest, idle_expires_at, expires_at)
  VALUES (p_session_id, p_user_id, p_method, p_device, p_user_agent, p_address, p_digest,
          least(clock_timestamp() + p_idle, absolute_end), absolute_end);
  INSERT INTO audit_event (action, user_id, session_id, actor, method, address, user_agent, request_id)
  VALUES ('session.open', p_user_id, p_session_id, p_actor, p_method, p_address, p_user_agent, p_request_id);
  RETURN QUERY SELECT 'opened', found_account.tier, absolute_end;
END
$$;
