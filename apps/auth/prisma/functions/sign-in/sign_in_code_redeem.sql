-- Redeems a one-time code and opens its session, both or neither. The code's row is locked, so of any number of parallel uses one is the
-- first; every later one ends the session that the first gave.
-- outcome: opened | reused (with the revocation, where the session was still alive) | unknown | expired | challenge | disabled | deleted
CREATE OR REPLACE FUNCTION sign_in_code_redeem(
  p_digest bytea, p_challenge text, p_session_id uuid, p_refresh_digest bytea,
  p_device text, p_user_agent text, p_address text, p_request_id text, p_idle interval, p_absolute interval
) RETURNS TABLE (outcome text, user_id uuid, tier text, expires_at timestamptz, revocation_id bigint, session_id uuid, revocation_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  code sign_in_code%ROWTYPE;
  ended record;
  opened record;
BEGIN
  SELECT * INTO code FROM sign_in_code c WHERE c.digest = p_digest FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'unknown';
  ELSIF code.session_id IS NOT NULL THEN
    outcome := 'reused';
    SELECT * INTO ended FROM session_end(code.session_id, code.user_id, 'code_reuse');
    IF FOUND THEN
      revocation_id := ended.id;
      session_id := ended.target_id;
      revocation_at := ended.at;
      INSERT INTO audit_event (action, user_id, session_id, actor, method)
      VALUES ('session.code_reuse', code.user_id, code.session_id, 'system', code.method);
    END IF;
  ELSIF code.expires_at <= clock_timestamp() THEN
    outcome := 'expired';
  ELSIF code.code_challenge IS DISTINCT FROM p_challenge THEN
    outcome := 'challenge';
  ELSE
    SELECT * INTO opened FROM session_open(
      p_session_id, code.user_id, code.method, p_refresh_digest, p_device, p_user_agent, p_address, 'user', p_request_id, p_idle, p_absolute);
    outcome := opened.outcome;
    user_id := code.user_id;
    tier := opened.tier;
    expires_at := opened.expires_at;
    IF outcome = 'opened' THEN
      UPDATE sign_in_code c SET session_id = p_session_id WHERE c.digest = p_digest;
    ELSIF outcome = 'unknown' THEN
      -- The account, not the code; there is none only after an erasure.
      outcome := 'deleted';
    END IF;
  END IF;
  RETURN NEXT;
END
$$;
