-- Forgets a person: violations and policies stay the organisation's without their id, and of their own calls nothing is left to read. Waits for
-- what is being stored, which so finds the person erased or is blanked here. What they keep at vendors is nobody's from then on, and waits
-- to be deleted there; a batch of theirs alone is followed no more, but cancelled. Returns how many rows were blanked, by table. Safe to repeat.
CREATE OR REPLACE FUNCTION llm_erase_user(p_user_id uuid) RETURNS TABLE (erased_from text, erased_rows bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_rows bigint;
BEGIN
  INSERT INTO erased_user (user_id) VALUES (p_user_id) ON CONFLICT (user_id) DO UPDATE SET erased_at = now();
  LOCK TABLE violation, kept_object, batch IN SHARE ROW EXCLUSIVE MODE;
  UPDATE violation SET user_id = NULL, request_id = '', excerpt = '', matches = '[]' WHERE user_id = p_user_id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  UPDATE violation SET status_changed_by = NULL WHERE status_changed_by = p_user_id;
  RETURN QUERY SELECT 'violation', v_rows;
  UPDATE policy SET created_by = NULL WHERE created_by = p_user_id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN QUERY SELECT 'policy', v_rows;
  UPDATE policy_version SET changed_by = NULL WHERE changed_by = p_user_id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN QUERY SELECT 'policy_version', v_rows;
  UPDATE kept_object SET user_id = NULL, key_id = NULL WHERE user_id = p_user_id AND organisation_id IS NOT NULL;
  INSERT INTO forgotten_object (credential_id, id, kind)
  SELECT credential_id, id, kind FROM kept_object WHERE user_id = p_user_id AND kind <> 'upload' ON CONFLICT DO NOTHING;
  DELETE FROM kept_object WHERE user_id = p_user_id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN QUERY SELECT 'kept_object', v_rows;
  UPDATE batch SET user_id = NULL, key_id = NULL, request_id = '' WHERE user_id = p_user_id AND organisation_id IS NOT NULL;
  -- Of those that are accounted for only Anthropic and Google have something still that is not among the files.
  INSERT INTO forgotten_batch (id, credential_id, base_path, query, vendor_id, input_file_id, made_at, hold_id, spend_id)
  SELECT id, credential_id, base_path, query, vendor_id, input_file_id, created_at,
         CASE WHEN state <> 'settled' THEN hold_id END, CASE WHEN state <> 'settled' THEN spend_id END
    FROM batch
   WHERE user_id = p_user_id AND (state IN ('creating', 'open', 'ended') OR (state = 'settled' AND provider IN ('anthropic', 'google') AND object IS NOT NULL))
  ON CONFLICT DO NOTHING;
  DELETE FROM batch WHERE user_id = p_user_id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN QUERY SELECT 'batch', v_rows;
END
$$;
