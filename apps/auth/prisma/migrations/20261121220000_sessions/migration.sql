-- Accounts, identities, sessions, signing keys, revocations and the audit trail, with the functions that change them in one round trip.

-- What auth must know of a user to answer an introspection without asking the users service. A deleted account stays as a tombstone
-- (no personal data), so that a late event or a sign-in under way cannot bring it back.
CREATE TABLE account (
  user_id       uuid PRIMARY KEY,
  status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
  tier          text NOT NULL CHECK (length(tier) BETWEEN 1 AND 32),
  last_login_at timestamptz,
  deleted_at    timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- One way to sign in. The key is provider and subject, never the e-mail address.
CREATE TABLE identity (
  id             uuid PRIMARY KEY,
  user_id        uuid NOT NULL REFERENCES account (user_id),
  provider       text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  subject        text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  email          text,
  email_verified boolean NOT NULL DEFAULT false,
  display_name   text,
  linked_at      timestamptz NOT NULL DEFAULT now(),
  last_used_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (provider, subject)
);
CREATE INDEX identity_user_id_idx ON identity (user_id);

-- A session and its refresh token. Only digests of the current and the previous token are kept; the successor is kept sealed under a key
-- derived from its predecessor and the service's own key, so that a repeated refresh can be given the same answer and a copy of the
-- table gives nobody a token.
CREATE TABLE session (
  id               uuid PRIMARY KEY,
  user_id          uuid NOT NULL REFERENCES account (user_id),
  method           text NOT NULL CHECK (length(method) BETWEEN 1 AND 32),
  device           text CHECK (length(device) <= 120),
  user_agent       text CHECK (length(user_agent) <= 256),
  address          text CHECK (length(address) <= 45),
  current_digest   bytea NOT NULL CHECK (length(current_digest) = 32),
  previous_digest  bytea CHECK (length(previous_digest) = 32),
  successor_sealed bytea,
  rotated_at       timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  last_used_at     timestamptz NOT NULL DEFAULT now(),
  idle_expires_at  timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL,
  ended_at         timestamptz,
  end_reason       text,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX session_user_id_idx ON session (user_id, created_at DESC);
CREATE INDEX session_expires_at_idx ON session (expires_at);

-- Access tokens are signed with one of these. Times decide a key's state, so no instance has to tell another: published from
-- created_at, signing from signs_from until the next key signs, verifying until verifies_until.
CREATE TABLE signing_key (
  kid            text PRIMARY KEY,
  algorithm      text NOT NULL CHECK (algorithm IN ('ES256', 'RS256')),
  public_jwk     jsonb NOT NULL,
  -- Sealed under the key-encryption key; dropped once the key no longer signs.
  private_sealed bytea,
  created_at     timestamptz NOT NULL DEFAULT now(),
  signs_from     timestamptz NOT NULL,
  retires_at     timestamptz,
  verifies_until timestamptz
);

-- What has lost access, for the edges: published to a Redis stream right after commit, polled while Redis is away.
CREATE TABLE revocation (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('session', 'key', 'principal')),
  target_id    uuid NOT NULL,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at timestamptz
);
CREATE INDEX revocation_at_idx ON revocation (at);
CREATE INDEX revocation_unpublished_idx ON revocation (id) WHERE published_at IS NULL;

-- Sign-ins and security acts. Erasure blanks who and from where; the act itself stays.
CREATE TABLE audit_event (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  action     text NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
  user_id    uuid,
  session_id uuid,
  actor      text NOT NULL DEFAULT 'user' CHECK (actor IN ('user', 'operator', 'service', 'system')),
  method     text,
  address    text CHECK (length(address) <= 45),
  user_agent text,
  request_id text,
  detail     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_event_user_id_idx ON audit_event (user_id, id DESC);
CREATE INDEX audit_event_at_idx ON audit_event (at);

-- Events to other services, written with the change they tell of.
CREATE TABLE outbox (
  id           uuid PRIMARY KEY,
  type         text NOT NULL,
  payload      jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz
);
CREATE INDEX outbox_pending_idx ON outbox (created_at) WHERE delivered_at IS NULL;

-- Takes note of a user and links an identity to it, unless the account is closed: a sign-in that began before a deletion must not bring
-- personal data back. Gives the account's status and the user the identity belongs to, which is another where it was linked meanwhile.
CREATE FUNCTION identity_adopt(
  p_id uuid, p_user_id uuid, p_tier text, p_provider text, p_subject text,
  p_email text, p_email_verified boolean, p_display_name text
) RETURNS TABLE (status text, user_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_status text;
BEGIN
  INSERT INTO account (user_id, tier) VALUES (p_user_id, p_tier) ON CONFLICT DO NOTHING;
  SELECT a.status INTO found_status FROM account a WHERE a.user_id = p_user_id FOR SHARE;
  IF found_status = 'deleted' THEN
    RETURN QUERY SELECT found_status, p_user_id;
    RETURN;
  END IF;
  RETURN QUERY
    INSERT INTO identity AS i (id, user_id, provider, subject, email, email_verified, display_name)
    VALUES (p_id, p_user_id, p_provider, p_subject, p_email, p_email_verified, p_display_name)
    ON CONFLICT (provider, subject) DO UPDATE SET last_used_at = now()
    RETURNING found_status, i.user_id;
END
$$;

-- Opens a session for an active account. Locking the account row first makes it wait for, or be seen by, a concurrent disabling or
-- deletion, so that neither leaves a live session behind.
-- outcome: opened | unknown | disabled | deleted
CREATE FUNCTION session_open(
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

-- Ends one live session and records the revocation. No row comes back when there was nothing to end.
CREATE FUNCTION session_end(p_session_id uuid, p_user_id uuid, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE sql VOLATILE AS $$
  WITH ended AS (
    UPDATE session s
       SET ended_at = clock_timestamp(), end_reason = p_reason, successor_sealed = NULL
     WHERE s.id = p_session_id AND s.ended_at IS NULL AND (p_user_id IS NULL OR s.user_id = p_user_id)
    RETURNING s.id, s.user_id
  ), told AS (
    INSERT INTO audit_event (action, user_id, session_id, detail)
    SELECT 'session.end', ended.user_id, ended.id, jsonb_build_object('reason', p_reason) FROM ended
  )
  INSERT INTO revocation (kind, target_id)
  SELECT 'session', ended.id FROM ended
  RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at
$$;

-- Rotates a refresh token. The row lock decides the order of concurrent calls; all comparisons and times are the database's.
--   rotated    the presented token was the current one; the caller's candidate is the successor
--   repeated   it was the previous one, within the grace: `sealed` holds the successor that was given before
--   reused     it is older than that: the session has been ended, `revocation_*` tells the edges
--   ended, expired, inactive, unknown, wrong_owner   nothing was written
-- The caller has checked that the token was really issued for this session, so "neither current nor previous" means an old one.
CREATE FUNCTION session_refresh(
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

-- Ends every live session of a user, one revocation each. The account row is locked first, as everywhere that touches several sessions.
CREATE FUNCTION sessions_end_all(p_user_id uuid, p_reason text)
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
    ), told AS (
      INSERT INTO audit_event (action, user_id, session_id, detail)
      SELECT 'session.end', ended.user_id, ended.id, jsonb_build_object('reason', p_reason) FROM ended
    )
    INSERT INTO revocation (kind, target_id)
    SELECT 'session', ended.id FROM ended
    RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at;
END
$$;

-- Disables or closes an account and ends its sessions: status first (session_open locks the same row), sessions after. One revocation
-- names the whole principal. Closing is final; disabling a closed account changes nothing.
CREATE FUNCTION account_stop(p_user_id uuid, p_status text, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE account a
     SET status = p_status, deleted_at = CASE WHEN p_status = 'deleted' THEN clock_timestamp() END
   WHERE a.user_id = p_user_id AND a.status <> 'deleted' AND a.status <> p_status;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE session s
     SET ended_at = clock_timestamp(), end_reason = p_reason, successor_sealed = NULL
   WHERE s.user_id = p_user_id AND s.ended_at IS NULL;
  INSERT INTO audit_event (action, user_id, actor) VALUES ('account.' || p_status, p_user_id, 'system');
  RETURN QUERY
    INSERT INTO revocation (kind, target_id) VALUES ('principal', p_user_id)
    RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at;
END
$$;

-- Publishes a new signing key, and gives the one before it the moment it stops signing and the moment it stops verifying. One rotation
-- at a time. Nothing happens where the newest key is of the same algorithm and younger than p_min_age (0 always publishes), so many
-- instances on one schedule rotate once.
CREATE FUNCTION signing_key_publish(
  p_kid text, p_algorithm text, p_public_jwk jsonb, p_private_sealed bytea,
  p_min_age interval, p_delay interval, p_verify_after_retirement interval
) RETURNS TABLE (signs_from timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  newest signing_key%ROWTYPE;
  starts timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('turnpike.signing_key'));
  SELECT * INTO newest FROM signing_key k ORDER BY k.created_at DESC LIMIT 1;
  IF newest.algorithm = p_algorithm AND newest.created_at > clock_timestamp() - p_min_age THEN RETURN; END IF;
  -- The very first key signs at once: nobody can have cached an older set.
  starts := clock_timestamp() + CASE WHEN newest.kid IS NULL THEN interval '0' ELSE p_delay END;
  UPDATE signing_key k
     SET retires_at = starts, verifies_until = starts + p_verify_after_retirement
   WHERE k.retires_at IS NULL OR k.retires_at > starts;
  INSERT INTO signing_key (kid, algorithm, public_jwk, private_sealed, created_at, signs_from)
  VALUES (p_kid, p_algorithm, p_public_jwk, p_private_sealed, clock_timestamp(), starts);
  RETURN QUERY SELECT starts;
END
$$;

GRANT USAGE ON SCHEMA public TO turnpike_auth_service;
GRANT SELECT, INSERT, UPDATE ON account TO turnpike_auth_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity, session, signing_key, revocation, outbox TO turnpike_auth_service;
-- The trail is written and read; erasure blanks the personal columns, retention removes whole rows.
GRANT SELECT, INSERT, DELETE ON audit_event TO turnpike_auth_service;
GRANT UPDATE (user_id, session_id, address, user_agent, request_id, detail) ON audit_event TO turnpike_auth_service;
