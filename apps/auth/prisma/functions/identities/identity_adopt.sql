-- Records a user and links an identity to it, unless the account is closed: a sign-in that began before a deletion must not bring
-- personal data back. Returns the account's status and the user the identity belongs to, which is another where it was linked meanwhile.
-- p_shared: the user was made for another provider's identity of the same verified address. Then the rules of linking hold: status
-- 'occupied' where the account has another identity of this provider by now, or this one was removed from it. p_lineage_id: of a new account.
CREATE OR REPLACE FUNCTION identity_adopt(
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
  IF v_address IS NOT NULL THEN
    PERFORM verified_address_lock(v_address);
    PERFORM identity_evict_unproven(v_address);
  END IF;
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
