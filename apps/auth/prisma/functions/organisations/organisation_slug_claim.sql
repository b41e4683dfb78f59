-- Takes a slug for an organisation, unless it is another's or is not free yet; the primary key is the judge. An organisation may take back
-- one that it released. Says whether it was taken.
CREATE OR REPLACE FUNCTION organisation_slug_claim(p_organisation_id uuid, p_slug text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO organisation_slug AS held (slug, organisation_id) VALUES (p_slug, p_organisation_id)
  ON CONFLICT (slug) DO UPDATE
     SET organisation_id = excluded.organisation_id, taken_at = clock_timestamp(), free_at = NULL
   WHERE held.free_at <= clock_timestamp() OR (held.organisation_id = excluded.organisation_id AND held.free_at IS NOT NULL);
  RETURN FOUND;
END
$$;
