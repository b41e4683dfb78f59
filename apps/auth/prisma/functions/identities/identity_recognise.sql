-- Looks up the account of a proven identity and records what the provider says now; what it leaves out stays as it was, and a name
-- stays the first one. An unknown identity is linked to the oldest account that proved the same address by another provider, if both sides
-- are verified: never to an account that already has an identity of this provider (the address may have changed hands there), and never to
-- one that it was removed from. Addresses are compared by their key. p_linkable: providers that prove an address.
--   known, linked   user_id is set
--   unknown         unlinked_id is the latest removal of this identity, where there was one; external_key names its user at the users
--                   service: its own, or (shared) that of another provider's first sign-in with the same verified address, now under way;
--                   lineage_id is the person's, by the digests of the identity
-- p_digests: what the identity is remembered by; see lineage_of.
CREATE OR REPLACE FUNCTION identity_recognise(
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
  IF v_address IS NOT NULL THEN PERFORM identity_evict_unproven(v_address); END IF;
  UPDATE identity i
     SET last_used_at = now(),
         email = coalesce(p_email, i.email),
         -- A mailbox that was proven stays so, whoever signs up with its address afterwards.
         email_verified = CASE WHEN p_email IS NULL THEN i.email_verified
                               ELSE p_email_verified OR (p_provider = 'email' AND i.email_verified) END,
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
  -- An address that nobody proved makes a user of its own, whom its owner's first sign-in at the same moment does not share.
  v_own_key := CASE WHEN p_provider = 'email' AND NOT p_email_verified THEN 'unproven:' || p_id
                    WHEN v_unlinked_id IS NULL THEN p_provider || ':' || p_subject
                    ELSE 'removed:' || v_unlinked_id END;

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
