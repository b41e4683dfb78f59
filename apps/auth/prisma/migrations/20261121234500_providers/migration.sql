-- Signing in with providers: browser attempts, one-time codes, proofs that may be used once, linking, and ending connections at Apple.

-- One attempt to sign in through the browser. State and binding (the cookie) are here as digests only. Nonce and PKCE verifier are sealed
-- under a key that needs the cookie too, so nobody can finish an attempt with a copy of this table, not even with our keys.
CREATE TABLE browser_sign_in (
  state_digest   bytea PRIMARY KEY CHECK (length(state_digest) = 32),
  binding_digest bytea NOT NULL CHECK (length(binding_digest) = 32),
  provider       text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  sealed         bytea NOT NULL,
  redirect_uri   text NOT NULL CHECK (length(redirect_uri) <= 2048),
  app_state      text CHECK (length(app_state) <= 512),
  code_challenge text CHECK (length(code_challenge) = 43),
  expires_at     timestamptz NOT NULL
);
CREATE INDEX browser_sign_in_expires_at_idx ON browser_sign_in (expires_at);

-- A one-time code that ends a browser sign-in. A redeemed one is remembered with its session, so that a second use can end it.
CREATE TABLE sign_in_code (
  digest         bytea PRIMARY KEY CHECK (length(digest) = 32),
  user_id        uuid NOT NULL REFERENCES account (user_id),
  method         text NOT NULL CHECK (length(method) BETWEEN 1 AND 32),
  code_challenge text CHECK (length(code_challenge) = 43),
  expires_at     timestamptz NOT NULL,
  session_id     uuid
);
CREATE INDEX sign_in_code_user_id_idx ON sign_in_code (user_id);
CREATE INDEX sign_in_code_expires_at_idx ON sign_in_code (expires_at);

-- Digests of proofs that were accepted and must not be accepted again (identity tokens with a nonce, notifications), while they live.
CREATE TABLE used_proof (
  digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_proof_expires_at_idx ON used_proof (expires_at);

-- A provider's refresh token, kept (sealed) for one thing: ending the connection when the person leaves.
CREATE TABLE provider_grant (
  user_id      uuid NOT NULL REFERENCES account (user_id),
  provider     text NOT NULL CHECK (length(provider) BETWEEN 1 AND 32),
  client_id    text NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
  token_sealed bytea NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, provider, client_id)
);

-- Connections to be ended at the provider. Names nobody: it outlives the account.
CREATE TABLE provider_revocation (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider        text NOT NULL,
  client_id       text NOT NULL,
  token_sealed    bytea NOT NULL,
  attempts        integer NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  next_attempt_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_revocation_next_attempt_at_idx ON provider_revocation (next_attempt_at);

-- Identities that their owner removed from an account: they never come back to it by themselves.
CREATE TABLE unlinked_identity (
  id          uuid PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES account (user_id),
  provider    text NOT NULL,
  subject     text NOT NULL,
  unlinked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX unlinked_identity_subject_idx ON unlinked_identity (provider, subject, unlinked_at DESC);
CREATE INDEX unlinked_identity_user_id_idx ON unlinked_identity (user_id);

-- Automatic linking looks for proven addresses only.
CREATE INDEX identity_verified_email_idx ON identity (lower(email)) WHERE email_verified;

-- Looks up the account of a proven identity and takes note of what the provider says now; what it leaves out stays as it was, and a name
-- stays the first one. An unknown identity is linked to the oldest account that proved the same address by another provider, if both sides
-- are verified: never to an account that already has an identity of this provider (the address may have changed hands there), and never to
-- one that it was removed from. p_linkable: providers that prove an address.
--   known, linked   user_id is set
--   unknown         unlinked_id is the latest removal of this identity, where there was one
CREATE FUNCTION identity_recognise(
  p_id uuid, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text, p_linkable text[]
) RETURNS TABLE (outcome text, user_id uuid, unlinked_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_user_id uuid;
  v_unlinked_id uuid;
BEGIN
  UPDATE identity i
     SET last_used_at = now(),
         email = coalesce(p_email, i.email),
         email_verified = CASE WHEN p_email IS NULL THEN i.email_verified ELSE p_email_verified END,
         display_name = coalesce(i.display_name, p_display_name)
   WHERE i.provider = p_provider AND i.subject = p_subject
  RETURNING i.user_id INTO v_user_id;
  IF FOUND THEN
    RETURN QUERY SELECT 'known', v_user_id, NULL::uuid;
    RETURN;
  END IF;

  IF p_email_verified AND p_email IS NOT NULL AND p_provider = ANY (p_linkable) THEN
    -- Two identities of one address at once: the second waits and finds the first one linked.
    PERFORM pg_advisory_xact_lock(hashtextextended('turnpike.identity.' || lower(p_email), 0));
    SELECT a.user_id INTO v_user_id
      FROM identity i JOIN account a ON a.user_id = i.user_id
     WHERE lower(i.email) = lower(p_email) AND i.email_verified AND i.provider = ANY (p_linkable) AND a.status <> 'deleted'
       AND NOT EXISTS (SELECT FROM identity o WHERE o.user_id = a.user_id AND o.provider = p_provider)
       AND NOT EXISTS (
         SELECT FROM unlinked_identity u WHERE u.user_id = a.user_id AND u.provider = p_provider AND u.subject = p_subject)
     ORDER BY a.created_at, a.user_id
     LIMIT 1
       FOR SHARE OF a;
    IF FOUND THEN
      INSERT INTO identity (id, user_id, provider, subject, email, email_verified, display_name)
      VALUES (p_id, v_user_id, p_provider, p_subject, p_email, true, p_display_name)
      ON CONFLICT DO NOTHING;
      IF FOUND THEN
        INSERT INTO audit_event (action, user_id, actor, method, detail)
        VALUES ('identity.linked', v_user_id, 'system', p_provider, '{"automatic": true}');
        RETURN QUERY SELECT 'linked', v_user_id, NULL::uuid;
      ELSE
        RETURN QUERY SELECT 'known', i.user_id, NULL::uuid FROM identity i WHERE i.provider = p_provider AND i.subject = p_subject;
      END IF;
      RETURN;
    END IF;
  END IF;

  SELECT u.id INTO v_unlinked_id
    FROM unlinked_identity u WHERE u.provider = p_provider AND u.subject = p_subject
   ORDER BY u.unlinked_at DESC, u.id DESC LIMIT 1;
  RETURN QUERY SELECT 'unknown', NULL::uuid, v_unlinked_id;
END
$$;

-- Links a proven identity to the account of a signed-in user.
-- outcome: linked | already | taken (another account's) | occupied (the account has another identity of this provider) | inactive
CREATE FUNCTION identity_link(
  p_id uuid, p_user_id uuid, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text
) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_owner uuid;
BEGIN
  PERFORM FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN 'inactive'; END IF;
  SELECT i.user_id INTO v_owner FROM identity i WHERE i.provider = p_provider AND i.subject = p_subject;
  IF FOUND THEN RETURN CASE WHEN v_owner = p_user_id THEN 'already' ELSE 'taken' END; END IF;
  PERFORM FROM identity i WHERE i.user_id = p_user_id AND i.provider = p_provider;
  IF FOUND THEN RETURN 'occupied'; END IF;
  INSERT INTO identity (id, user_id, provider, subject, email, email_verified, display_name)
  VALUES (p_id, p_user_id, p_provider, p_subject, p_email, p_email_verified, p_display_name)
  ON CONFLICT DO NOTHING;
  -- Somebody signed in with it, or linked it, between our look and the insert.
  RETURN CASE WHEN FOUND THEN 'linked' ELSE 'taken' END;
END
$$;

-- Removes a provider from an account, unless it is the last way to sign in. The account row is locked, so of two removals at once one sees
-- the other. The connection at the provider is ended too. p_ways: providers that a person can sign in with by themselves.
-- outcome: unlinked | last | none
CREATE FUNCTION identity_unlink(p_user_id uuid, p_provider text, p_ways text[]) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM account a WHERE a.user_id = p_user_id FOR NO KEY UPDATE;
  PERFORM FROM identity i WHERE i.user_id = p_user_id AND i.provider = p_provider;
  IF NOT FOUND THEN RETURN 'none'; END IF;
  PERFORM FROM identity i WHERE i.user_id = p_user_id AND i.provider <> p_provider AND i.provider = ANY (p_ways);
  IF NOT FOUND THEN RETURN 'last'; END IF;
  WITH gone AS (
    DELETE FROM identity i WHERE i.user_id = p_user_id AND i.provider = p_provider RETURNING i.id, i.subject
  )
  INSERT INTO unlinked_identity (id, user_id, provider, subject) SELECT gone.id, p_user_id, p_provider, gone.subject FROM gone;
  WITH gone AS (
    DELETE FROM provider_grant g WHERE g.user_id = p_user_id AND g.provider = p_provider RETURNING g.client_id, g.token_sealed
  )
  INSERT INTO provider_revocation (provider, client_id, token_sealed) SELECT p_provider, gone.client_id, gone.token_sealed FROM gone;
  RETURN 'unlinked';
END
$$;

-- Redeems a one-time code and opens its session, both or neither. The code's row is locked, so of any number of parallel uses one is the
-- first; every later one ends the session that the first gave.
-- outcome: opened | reused (with the revocation, where the session was still alive) | unknown | expired | challenge | disabled | deleted
CREATE FUNCTION sign_in_code_redeem(
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

GRANT SELECT, INSERT, UPDATE, DELETE ON browser_sign_in, sign_in_code, used_proof, provider_grant, provider_revocation, unlinked_identity
  TO turnpike_auth_service;
