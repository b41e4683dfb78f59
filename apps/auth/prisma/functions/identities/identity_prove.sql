-- Takes an address for proven that an account signed up with, unless another account has proven it. Returns whether it is proven now.
CREATE OR REPLACE FUNCTION identity_prove(p_user_id uuid, p_address_key text, p_digests bytea[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM verified_address_lock(p_address_key);
  PERFORM FROM identity i WHERE address_key(i.email) = p_address_key AND i.email_verified AND i.user_id <> p_user_id;
  IF FOUND THEN RETURN false; END IF;
  UPDATE identity i SET email_verified = true
   WHERE i.user_id = p_user_id AND i.provider = 'email' AND i.subject = p_address_key;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM lineage_remember(p_user_id, p_digests);
  RETURN true;
END
$$;
