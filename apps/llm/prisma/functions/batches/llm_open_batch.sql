-- Notes a batch before the vendor is asked to make it, to be looked at after `p_look_seconds`. What it holds of its key's limit is not asked for at the
-- ledger before `p_check_seconds`: until then whoever looks at the batch tells. False where the person was erased meanwhile, whose it would be.
CREATE OR REPLACE FUNCTION llm_open_batch(p_row jsonb, p_look_seconds integer, p_check_seconds integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_row batch%ROWTYPE := jsonb_populate_record(NULL::batch, p_row);
BEGIN
  IF EXISTS (SELECT FROM erased_user WHERE user_id = v_row.user_id) THEN
    IF v_row.organisation_id IS NULL THEN RETURN false; END IF;
    v_row.user_id := NULL;
    v_row.key_id := NULL;
  END IF;
  INSERT INTO batch (id, provider, credential_id, resource, base_path, query, organisation_id, environment, user_id, key_id, request_id, input_file_id,
    requests, violations, terms, held, hold_id, spend_id, look_at)
  VALUES (v_row.id, v_row.provider, v_row.credential_id, v_row.resource, v_row.base_path, v_row.query, v_row.organisation_id, v_row.environment,
    v_row.user_id, v_row.key_id, v_row.request_id, v_row.input_file_id, v_row.requests, v_row.violations, v_row.terms, v_row.held, v_row.hold_id, v_row.spend_id,
    now() + make_interval(secs => p_look_seconds));
  UPDATE key_hold SET check_at = now() + make_interval(secs => p_check_seconds) WHERE id = v_row.spend_id;
  RETURN true;
END
$$;
