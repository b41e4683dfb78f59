-- Links a proven identity to the account of a signed-in user.
-- outcome: linked | already | taken (another account's) | occupied (the account has another identity of this provider) | inactive
CREATE OR REPLACE FUNCTION identity_link(
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
  -- Somebody signed in with it, or linked it, between the checks above and the insert.
  IF NOT FOUND THEN RETURN 'taken'; END IF;
  PERFORM lineage_remember(p_user_id, p_digests);
  RETURN 'linked';
END
$$;
