-- Removes a provider from an account, unless it is the last way to sign in. The account row is locked, so of two removals at once one sees
-- the other. The connection at the provider is ended too. p_ways: providers that a person can sign in with by themselves.
-- outcome: unlinked | last | none
CREATE OR REPLACE FUNCTION identity_unlink(p_user_id uuid, p_provider text, p_ways text[]) RETURNS text
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
  -- A password is a property of the address that it signs in with.
  IF p_provider = 'email' THEN DELETE FROM password p WHERE p.user_id = p_user_id; END IF;
  WITH gone AS (
    DELETE FROM provider_grant g WHERE g.user_id = p_user_id AND g.provider = p_provider RETURNING g.client_id, g.token_sealed
  )
  INSERT INTO provider_revocation (provider, client_id, token_sealed) SELECT p_provider, gone.client_id, gone.token_sealed FROM gone;
  RETURN 'unlinked';
END
$$;
