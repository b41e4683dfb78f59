-- Everything that decides by a verified address takes this lock first, for its one short transaction; other addresses do not wait.
CREATE OR REPLACE FUNCTION verified_address_lock(p_address_key text) RETURNS void
LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('turnpike.identity.' || p_address_key, 0));
$$;
