-- What decides whether two addresses are one mailbox; null for an address outside ASCII, of which nobody knows how its own server folds it.
CREATE OR REPLACE FUNCTION address_key(p_email text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN p_email ~ '^[\u0001-\u007f]+$' THEN lower(p_email COLLATE "C") END;
$$;
-- Automatic linking looks for proven addresses only.
CREATE INDEX IF NOT EXISTS identity_verified_email_idx ON identity (address_key(email)) WHERE email_verified;
