-- Remembers digests for the lineage of an account; one that is remembered already stays whose it is.
CREATE OR REPLACE FUNCTION lineage_remember(p_user_id uuid, p_digests bytea[]) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO remembered_identity (digest, lineage_id)
  SELECT DISTINCT d, a.lineage_id FROM unnest(p_digests) AS d CROSS JOIN account a WHERE a.user_id = p_user_id ORDER BY d
  ON CONFLICT DO NOTHING;
$$;
