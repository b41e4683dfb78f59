-- Notes whose an object at a vendor is. The first owner stays, and of a person who was erased meanwhile nothing is noted but
-- that it is to be deleted at the vendor. Returns whether it is theirs.
CREATE OR REPLACE FUNCTION llm_keep_object(p_row jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_row kept_object%ROWTYPE := jsonb_populate_record(NULL::kept_object, p_row);
BEGIN
  IF EXISTS (SELECT FROM erased_user WHERE user_id = v_row.user_id) THEN
    IF v_row.organisation_id IS NULL THEN
      IF v_row.kind <> 'upload' THEN
        INSERT INTO forgotten_object (credential_id, id, kind) VALUES (v_row.credential_id, v_row.id, v_row.kind) ON CONFLICT DO NOTHING;
      END IF;
      RETURN false;
    END IF;
    v_row.user_id := NULL;
    v_row.key_id := NULL;
  END IF;
  INSERT INTO kept_object (credential_id, id, kind, organisation_id, environment, user_id, key_id, object, model)
  VALUES (v_row.credential_id, v_row.id, v_row.kind, v_row.organisation_id, v_row.environment, v_row.user_id, v_row.key_id, v_row.object, v_row.model)
  ON CONFLICT (credential_id, id) DO NOTHING;
  RETURN FOUND;
END
$$;
