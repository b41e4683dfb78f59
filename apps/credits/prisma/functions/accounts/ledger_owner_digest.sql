-- What an erased owner is remembered by.
CREATE OR REPLACE FUNCTION ledger_owner_digest(p_owner_type text, p_owner_id uuid) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(convert_to(p_owner_type || ':' || p_owner_id::text, 'UTF8'));
$$;
