-- Who deletes an account and comes back is the same person: no second sign-up credits, no fresh limits, and what was owed is still owed.

-- What people signed in with, as keyed digests: provider and subject, and the verified mailbox without its tag. Nobody can read an identity from
-- one, and without the key nobody can test a guess; so they say nothing of a person and stay when the account is erased.
CREATE TABLE remembered_identity (
  digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
  lineage_id uuid NOT NULL
);

-- Keys of digests that must be made anew for as long as they are compared, so these keys are never replaced; sealed like signing keys.
CREATE TABLE digest_key (
  purpose    text PRIMARY KEY,
  key_sealed bytea NOT NULL
);

-- A lineage is the accounts that one person has or had. It is a random id that names nobody.
ALTER TABLE account ADD COLUMN lineage_id uuid NOT NULL DEFAULT gen_random_uuid();

GRANT SELECT, INSERT, UPDATE ON remembered_identity TO turnpike_auth_service;
GRANT SELECT, INSERT, UPDATE ON digest_key TO turnpike_auth_service;

-- The lineage of whoever these digests are of, the first one counting most; a new one where none is remembered. All of them are remembered
-- for it. They are written in one order, so that two calls that share a digest wait for each other and not in a circle.
CREATE FUNCTION lineage_of(p_digests bytea[]) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_new uuid := gen_random_uuid();
  v_lineage_id uuid;
BEGIN
  INSERT INTO remembered_identity (digest, lineage_id)
  SELECT DISTINCT d, v_new FROM unnest(p_digests) AS d ORDER BY d
  ON CONFLICT DO NOTHING;
  SELECT r.lineage_id INTO v_lineage_id
    FROM unnest(p_digests) WITH ORDINALITY AS given (digest, place) JOIN remembered_identity r USING (digest)
   WHERE r.lineage_id <> v_new
   ORDER BY given.place LIMIT 1;
  IF NOT FOUND THEN RETURN v_new; END IF;
  UPDATE remembered_identity r SET lineage_id = v_lineage_id WHERE r.digest = ANY (p_digests) AND r.lineage_id = v_new;
  RETURN v_lineage_id;
END
$$;

-- Remembers digests for the lineage of an account; one that is remembered already stays whose it is.
CREATE FUNCTION lineage_remember(p_user_id uuid, p_digests bytea[]) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO remembered_identity (digest, lineage_id)
  SELECT DISTINCT d, a.lineage_id FROM unnest(p_digests) AS d CROSS JOIN account a WHERE a.user_id = p_user_id ORDER BY d
  ON CONFLICT DO NOTHING;
$$;

DROP FUNCTION identity_recognise(uuid, text, text, text, boolean, text, text[]);

-- Looks up the account of a proven identity and takes note of what the provider says now; what it leaves out stays as it was, and a name
-- stays the first one. An unknown identity is linked to the oldest account that proved the same address by another provider, if both sides
-- are verified: never to an account that already has an identity of this provider (the address may have changed hands there), and never to
-- one that it was removed from. Addresses are compared by their key. p_linkable: providers that prove an address.
--   known, linked   user_id is set
--   unknown         unlinked_id is the latest removal of this identity, where there was one; external_key names its user at the users
--                   service: its own, or (shared) that of another provider's first sign-in with the same verified address, now under way;
--                   lineage_id is the person's, by the digests of the identity
-- p_digests: what the identity is remembered by; see lineage_of.
CREATE FUNCTION identity_recognise(
  p_id uuid, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text, p_linkable text[],
  p_digests bytea[] DEFAULT '{}'
) RETURNS TABLE (outcome text, user_id uuid, unlinked_id uuid, external_key text, shared_key text, lineage_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_user_id uuid;
  v_unlinked_id uuid;
  v_own_key text;
  v_shared_key text;
  -- What linking goes by; null where nothing may be linked.
  v_address text := CASE WHEN p_email_verified AND p_provider = ANY (p_linkable) THEN address_key(p_email) END;
BEGIN
  UPDATE identity i
     SET last_used_at = now(),
         email = coalesce(p_email, i.email),
         email_verified = CASE WHEN p_email IS NULL THEN i.email_verified ELSE p_email_verified END,
         display_name = coalesce(i.display_name, p_display_name)
   WHERE i.provider = p_provider AND i.subject = p_subject
  RETURNING i.user_id INTO v_user_id;
  IF FOUND THEN
    PERFORM lineage_remember(v_user_id, p_digests);
    RETURN QUERY SELECT 'known', v_user_id, NULL::uuid, NULL::text, NULL::text, NULL::uuid;
    RETURN;
  END IF;

  IF v_address IS NOT NULL THEN
    -- Two identities of one address at once: the second waits and finds the first one linked, or its first sign-in under way.
    PERFORM verified_address_lock(v_address);
    SELECT a.user_id INTO v_user_id
      FROM identity i JOIN account a ON a.user_id = i.user_id
     WHERE address_key(i.email) = v_address AND i.email_verified AND i.provider = ANY (p_linkable) AND a.status <> 'deleted'
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
        PERFORM lineage_remember(v_user_id, p_digests);
        RETURN QUERY SELECT 'linked', v_user_id, NULL::uuid, NULL::text, NULL::text, NULL::uuid;
      ELSE
        RETURN QUERY SELECT 'known', i.user_id, NULL::uuid, NULL::text, NULL::text, NULL::uuid
          FROM identity i WHERE i.provider = p_provider AND i.subject = p_subject;
      END IF;
      RETURN;
    END IF;
  END IF;

  SELECT u.id INTO v_unlinked_id
    FROM unlinked_identity u WHERE u.provider = p_provider AND u.subject = p_subject
   ORDER BY u.unlinked_at DESC, u.id DESC LIMIT 1;
  -- The users service knows the account that this identity once opened by its key; after a removal the key must lead elsewhere.
  v_own_key := CASE WHEN v_unlinked_id IS NULL THEN p_provider || ':' || p_subject ELSE 'removed:' || v_unlinked_id END;

  IF v_address IS NOT NULL THEN
    INSERT INTO first_sign_in AS f (address, provider, external_key, expires_at)
    VALUES (v_address, p_provider, v_own_key, clock_timestamp() + interval '1 minute')
    ON CONFLICT (address) DO UPDATE
       SET provider = excluded.provider, external_key = excluded.external_key, expires_at = excluded.expires_at
     WHERE f.expires_at <= clock_timestamp();
    -- Another identity of the same provider is another person, as it is above.
    SELECT f.external_key INTO v_shared_key
      FROM first_sign_in f WHERE f.address = v_address AND f.provider <> p_provider;
  END IF;
  RETURN QUERY SELECT 'unknown', NULL::uuid, v_unlinked_id, v_own_key, v_shared_key, lineage_of(p_digests);
END
$$;

DROP FUNCTION identity_adopt(uuid, uuid, text, text, text, text, boolean, text, boolean);

-- Takes note of a user and links an identity to it, unless the account is closed: a sign-in that began before a deletion must not bring
-- personal data back. Gives the account's status and the user the identity belongs to, which is another where it was linked meanwhile.
-- p_shared: the user was made for another provider's identity of the same verified address. Then the rules of linking hold: status
-- 'occupied' where the account has another identity of this provider by now, or this one was removed from it. p_lineage_id: of a new account.
CREATE FUNCTION identity_adopt(
  p_id uuid, p_user_id uuid, p_tier text, p_provider text, p_subject text,
  p_email text, p_email_verified boolean, p_display_name text, p_shared boolean DEFAULT false,
  p_lineage_id uuid DEFAULT NULL
) RETURNS TABLE (status text, user_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  found_status text;
  v_address text := CASE WHEN p_email_verified THEN address_key(p_email) END;
BEGIN
  -- Until this commits, another provider's first sign-in with the address either sees this one under way or waits to see it recorded.
  IF v_address IS NOT NULL THEN PERFORM verified_address_lock(v_address); END IF;
  INSERT INTO account (user_id, tier, lineage_id) VALUES (p_user_id, p_tier, coalesce(p_lineage_id, gen_random_uuid())) ON CONFLICT DO NOTHING;
  SELECT a.status INTO found_status FROM account a WHERE a.user_id = p_user_id FOR SHARE;
  IF found_status = 'deleted' THEN
    RETURN QUERY SELECT found_status, p_user_id;
    RETURN;
  END IF;
  IF p_shared AND (
    EXISTS (SELECT FROM identity o WHERE o.user_id = p_user_id AND o.provider = p_provider AND o.subject <> p_subject)
    OR EXISTS (SELECT FROM unlinked_identity u WHERE u.user_id = p_user_id AND u.provider = p_provider AND u.subject = p_subject)
  ) THEN
    RETURN QUERY SELECT 'occupied', p_user_id;
    RETURN;
  END IF;
  IF v_address IS NOT NULL AND NOT p_shared THEN
    DELETE FROM first_sign_in f
     WHERE f.address = v_address AND f.provider = p_provider
       AND (f.external_key = p_provider || ':' || p_subject OR f.external_key LIKE 'removed:%');
  END IF;
  RETURN QUERY
    INSERT INTO identity AS i (id, user_id, provider, subject, email, email_verified, display_name)
    VALUES (p_id, p_user_id, p_provider, p_subject, p_email, p_email_verified, p_display_name)
    ON CONFLICT (provider, subject) DO UPDATE SET last_used_at = now()
    RETURNING found_status, i.user_id;
  IF p_shared THEN
    INSERT INTO audit_event (action, user_id, actor, method, detail)
    SELECT 'identity.linked', p_user_id, 'system', p_provider, '{"automatic": true}'
      FROM identity i WHERE i.id = p_id;
  END IF;
END
$$;

DROP FUNCTION identity_link(uuid, uuid, text, text, text, boolean, text);

-- Links a proven identity to the account of a signed-in user.
-- outcome: linked | already | taken (another account's) | occupied (the account has another identity of this provider) | inactive
CREATE FUNCTION identity_link(
  p_id uuid, p_user_id uuid, p_provider text, p_subject text, p_email text, p_email_verified boolean, p_display_name text,
  p_digests bytea[] DEFAULT '{}'
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
  IF NOT FOUND THEN RETURN 'taken'; END IF;
  PERFORM lineage_remember(p_user_id, p_digests);
  RETURN 'linked';
END
$$;
