-- Rotates a refresh token. The row lock decides the order of concurrent calls; all comparisons and times are the database's.
--   rotated    the presented token was the current one; the caller's candidate is the successor
--   repeated   it was the previous one, within the grace: `sealed` holds the successor that was given before
--   reused     it is older than that: the session has been ended, `revocation_*` is for the edges
--   ended, expired, inactive, unknown, wrong_owner   nothing was written
-- The caller has checked that the token was really issued for this session, so "neither current nor previous" means an old one.
CREATE OR REPLACE FUNCTION session_refresh(
  p_session_id uuid, p_expected_user_id uuid, p_presented bytea, p_next bytea, p_next_sealed bytea,
  p_grace interval, p_idle interval
) RETURNS TABLE (
  outcome text, user_id uuid, tier text, expires_at timestamptz, sealed bytea,
  revocation_id bigint, revocation_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s session%ROWTYPE;
  a account%ROWTYPE;
  now_at timestamptz;
  r_id bigint;
  r_at timestamptz;
  verdict text;
BEGIN
  SELECT * INTO s FROM session WHERE session.id = p_session_id FOR NO KEY UPDATE;
  now_at := clock_timestamp();
  IF NOT FOUND THEN
    verdict := 'unknown';
  ELSIF p_expected_user_id IS NOT NULL AND s.user_id <> p_expected_user_id THEN
    verdict := 'wrong_owner';
  ELSIF s.ended_at IS NOT NULL THEN
    verdict := 'ended';
  ELSIF s.expires_at <= now_at OR s.idle_expires_at <= now_at THEN
    verdict := 'expired';
  END IF;
  IF verdict IS NULL THEN
    SELECT * INTO a FROM account WHERE account.user_id = s.user_id;
    IF a.status <> 'active' THEN verdict := 'inactive'; END IF;
  END IF;
  IF verdict IS NOT NULL THEN
    RETURN QUERY SELECT verdict, s.user_id, NULL::text, NULL::timestamptz, NULL::bytea, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;

  IF s.current_digest = p_presented THEN
    UPDATE session
       SET previous_digest = s.current_digest, current_digest = p_next, successor_sealed = p_next_sealed,
           rotated_at = now_at, last_used_at = now_at, idle_expires_at = least(now_at + p_idle, s.expires_at)
     WHERE session.id = s.id;
    RETURN QUERY SELECT 'rotated', s.user_id, a.tier, s.expires_at, NULL::bytea, NULL::bigint, NULL::timestamptz;
  ELSIF s.previous_digest = p_presented AND s.rotated_at + p_grace > now_at THEN
    RETURN QUERY SELECT 'repeated', s.user_id, a.tier, s.expires_at, s.successor_sealed, NULL::bigint, NULL::timestamptz;
  ELSE
    SELECT e.id, e.at INTO r_id, r_at FROM session_end(s.id, s.user_id, 'refresh_reuse') e;
    RETURN QUERY SELECT 'reused', s.user_id, NULL::text, NULL::timestamptz, NULL::bytea, r_id, r_at;
  END IF;
END
$$;
