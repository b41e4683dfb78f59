-- Gives an organisation another slug, and holds the present one for `p_held`, in which it still points here. The wanted one is judged before anything
-- is written: two that want each other's wait for each other nowhere. Says whether it was taken; where not, the caller undoes its transaction.
CREATE OR REPLACE FUNCTION organisation_slug_change(p_organisation_id uuid, p_slug text, p_held interval)
RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM 1 FROM organisation_slug held
    WHERE held.slug = p_slug AND (held.free_at IS NULL OR (held.free_at > clock_timestamp() AND held.organisation_id <> p_organisation_id))
      FOR UPDATE;
  IF FOUND THEN RETURN false; END IF;
  UPDATE organisation_slug SET free_at = clock_timestamp() + p_held WHERE organisation_id = p_organisation_id AND free_at IS NULL;
  RETURN organisation_slug_claim(p_organisation_id, p_slug);
END
$$;
