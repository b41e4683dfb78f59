-- The lineage of whoever these digests are of, the first one counting most; a new one where none is remembered. All of them are remembered
-- for it. They are written in one order, so that two calls that share a digest wait for each other and not in a circle.
CREATE OR REPLACE FUNCTION lineage_of(p_digests bytea[]) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_new uuid := gen_random_uuid();
  v_lineage_id uuid;
BEGIN
  INSERT INTO remembered_identity (digest, lineage_id)
  SELECT DISTINCT d, v_new FROM unnest(p_digests) AS d ORDER BY d
  ON CONFLICT DO NOTHING;
  SELECT r.lineage_id INTO v_lineage_id
    FROM unnest(p_digests) WITH ORDINALITY AS given (digest, place) JOIN remembered_identity r USING (digest)
   WHERE r.lineage_id <> v_new
   ORDER BY given.place LIMIT 1;
  IF NOT FOUND THEN RETURN v_new; END IF;
  UPDATE remembered_identity r SET lineage_id = v_lineage_id WHERE r.digest = ANY (p_digests) AND r.lineage_id = v_new;
  RETURN v_lineage_id;
END
$$;
