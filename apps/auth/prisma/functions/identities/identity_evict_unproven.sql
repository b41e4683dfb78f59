-- Takes an address from an account that signed up with it and never proved it, because somebody else just did: identity and password go, and
-- the account's sessions end. Whoever proved the address starts afresh, and never in an account that a stranger has made for them.
CREATE OR REPLACE FUNCTION identity_evict_unproven(p_address_key text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_user_id uuid;
BEGIN
  -- Nearly nobody has one, and looking takes no lock.
  SELECT i.user_id INTO v_user_id
    FROM identity i WHERE i.provider = 'email' AND i.subject = p_address_key AND NOT i.email_verified;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM verified_address_lock(p_address_key);
  PERFORM FROM account a WHERE a.user_id = v_user_id FOR NO KEY UPDATE;
  WITH gone AS (
    DELETE FROM identity i
     WHERE i.provider = 'email' AND i.subject = p_address_key AND i.user_id = v_user_id AND NOT i.email_verified
    RETURNING i.id, i.subject
  )
  INSERT INTO unlinked_identity (id, user_id, provider, subject) SELECT gone.id, v_user_id, 'email', gone.subject FROM gone;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM password p WHERE p.user_id = v_user_id;
  PERFORM sessions_end_all(v_user_id, 'address_proven');
  INSERT INTO audit_event (action, user_id, actor, method) VALUES ('identity.evicted', v_user_id, 'system', 'email');
END
$$;
