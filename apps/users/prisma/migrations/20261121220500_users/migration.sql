-- Users and the keys that name them outside of Turnpike, with the function that finds or creates one in one round trip.

-- A deleted user stays as a tombstone without personal data, so that its id answers 410 and is never given out again.
CREATE TABLE app_user (
  id             uuid PRIMARY KEY,
  email          text CHECK (length(email) BETWEEN 3 AND 254),
  email_verified boolean NOT NULL DEFAULT false,
  display_name   text CHECK (length(display_name) BETWEEN 1 AND 120),
  tier           text NOT NULL CHECK (tier ~ '^[a-z][a-z0-9_-]{0,31}$'),
  status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  deleted_at     timestamptz,
  CHECK ((status = 'deleted') = (deleted_at IS NOT NULL)),
  CHECK (status <> 'deleted' OR (email IS NULL AND display_name IS NULL AND NOT email_verified)),
  CHECK (email IS NOT NULL OR NOT email_verified)
);

-- Keys that name a user elsewhere: `identity` holds what people sign in with (`apple:<sub>`), `external` the ids that services use. Two
-- namespaces, so that a service cannot reach somebody's account by sending an external id that looks like an identity.
-- The key is written before its user (the primary key decides which of many concurrent calls creates), so the check waits for commit.
CREATE TABLE external_identity (
  namespace  text NOT NULL CHECK (namespace IN ('identity', 'external')),
  key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  user_id    uuid NOT NULL REFERENCES app_user (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace, key)
);
CREATE INDEX external_identity_user_id_idx ON external_identity (user_id);

-- Events for the other services, written in the transaction of the change they tell of. They carry ids, never personal data.
CREATE TABLE outbox (
  id           uuid PRIMARY KEY,
  type         text NOT NULL,
  payload      jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz
);
CREATE INDEX outbox_pending_idx ON outbox (created_at) WHERE delivered_at IS NULL;

-- Finds the user of a key, or creates it and says so to the other services. Of any number of concurrent calls with one key exactly one
-- creates: the others wait on the primary key and read what it committed. An existing user is returned as it is. `p_audit` is the act's
-- entry for the audit trail, without the user.
CREATE FUNCTION user_find_or_create(
  p_id uuid, p_namespace text, p_key text,
  p_email text, p_email_verified boolean, p_display_name text, p_tier text,
  p_event_id uuid, p_signup_credits bigint, p_audit jsonb
)
RETURNS TABLE (
  created boolean, id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamptz, updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  attempts_left integer := 10;
BEGIN
  LOOP
    RETURN QUERY
      SELECT false, u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at
      FROM external_identity e JOIN app_user u ON u.id = e.user_id
      WHERE e.namespace = p_namespace AND e.key = p_key;
    IF FOUND THEN RETURN; END IF;

    INSERT INTO external_identity (namespace, key, user_id) VALUES (p_namespace, p_key, p_id) ON CONFLICT DO NOTHING;
    IF FOUND THEN
      INSERT INTO outbox (id, type, payload)
      VALUES (p_event_id, 'user.created', jsonb_build_object('user_id', p_id, 'signup_credits', p_signup_credits));
      IF p_audit IS NOT NULL THEN
        INSERT INTO outbox (id, type, payload)
        VALUES ((p_audit ->> 'id')::uuid, 'audit.recorded', p_audit || jsonb_build_object('user_id', p_id));
      END IF;
      RETURN QUERY
        INSERT INTO app_user AS u (id, email, email_verified, display_name, tier)
        VALUES (p_id, p_email, p_email IS NOT NULL AND p_email_verified, p_display_name, p_tier)
        RETURNING true, u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at;
      RETURN;
    END IF;

    -- Somebody else's key became visible after our look, or an erasure removed it again: look once more.
    attempts_left := attempts_left - 1;
    IF attempts_left = 0 THEN RAISE EXCEPTION 'user_find_or_create did not settle' USING ERRCODE = 'serialization_failure'; END IF;
  END LOOP;
END
$$;

-- Changes what the caller named and tells the others of a new tier. No row: unknown, or deleted.
CREATE FUNCTION user_update(
  p_id uuid,
  p_set_email boolean, p_email text, p_email_verified boolean,
  p_set_display_name boolean, p_display_name text,
  p_tier text, p_event_id uuid
)
RETURNS TABLE (
  id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamptz, updated_at timestamptz, tier_before text
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_before app_user;
BEGIN
  SELECT * INTO v_before FROM app_user u WHERE u.id = p_id AND u.status <> 'deleted' FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF p_tier IS NOT NULL AND p_tier <> v_before.tier THEN
    INSERT INTO outbox (id, type, payload) VALUES (p_event_id, 'user.updated', jsonb_build_object('user_id', p_id, 'tier', p_tier));
  END IF;
  RETURN QUERY
    UPDATE app_user AS u SET
      email = CASE WHEN p_set_email THEN p_email ELSE u.email END,
      -- A verification belongs to one address: a new one starts unverified unless the caller vouches for it.
      email_verified = CASE
        WHEN p_set_email AND p_email IS NULL THEN false
        WHEN p_email_verified IS NOT NULL THEN p_email_verified AND coalesce(CASE WHEN p_set_email THEN p_email ELSE u.email END IS NOT NULL, false)
        WHEN p_set_email AND p_email IS DISTINCT FROM u.email THEN false
        ELSE u.email_verified
      END,
      display_name = CASE WHEN p_set_display_name THEN p_display_name ELSE u.display_name END,
      tier = coalesce(p_tier, u.tier),
      updated_at = now()
    WHERE u.id = p_id
    RETURNING u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at, v_before.tier;
END
$$;

-- Disables a user, or brings one back, and tells the others. No row: unknown, or deleted. `changed` is false where it already was so.
CREATE FUNCTION user_set_status(p_id uuid, p_status text, p_event_id uuid)
RETURNS TABLE (
  changed boolean, id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamptz, updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_before app_user;
BEGIN
  SELECT * INTO v_before FROM app_user u WHERE u.id = p_id AND u.status <> 'deleted' FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF v_before.status <> p_status THEN
    UPDATE app_user AS u SET status = p_status, updated_at = now() WHERE u.id = p_id;
    INSERT INTO outbox (id, type, payload) VALUES (
      p_event_id,
      CASE p_status WHEN 'disabled' THEN 'user.disabled' ELSE 'user.updated' END,
      jsonb_build_object('user_id', p_id) || CASE p_status WHEN 'disabled' THEN '{}' ELSE jsonb_build_object('tier', v_before.tier) END
    );
  END IF;
  RETURN QUERY
    SELECT v_before.status <> p_status, u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at
    FROM app_user u WHERE u.id = p_id;
END
$$;

GRANT USAGE ON SCHEMA public TO turnpike_users_service;
GRANT SELECT, INSERT, UPDATE ON app_user TO turnpike_users_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO turnpike_users_service;
GRANT SELECT, INSERT, DELETE ON external_identity TO turnpike_users_service;
