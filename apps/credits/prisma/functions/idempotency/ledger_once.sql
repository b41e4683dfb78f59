-- Runs one command at most once per key, in the command's own transaction: a crash leaves both the command and its record, or neither.
-- Returns {outcome: done, replayed, result} | {outcome: conflict} (the key belongs to another request) | {outcome: running}.
-- A refusal moves nothing and is not recorded, so it is decided anew when the request is repeated.
CREATE OR REPLACE FUNCTION ledger_once(p_scope text, p_key_digest bytea, p_request_hash bytea, p_command text, p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_known idempotency%ROWTYPE;
  v_result jsonb;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(p_scope || encode(p_key_digest, 'hex'), 1)) THEN
    RETURN jsonb_build_object('outcome', 'running');
  END IF;
  SELECT * INTO v_known FROM idempotency WHERE scope = p_scope AND key_digest = p_key_digest;
  IF FOUND THEN
    IF v_known.request_hash <> p_request_hash THEN RETURN jsonb_build_object('outcome', 'conflict'); END IF;
    RETURN jsonb_build_object('outcome', 'done', 'replayed', true, 'result', v_known.result);
  END IF;
  v_result := CASE p_command
    WHEN 'grant' THEN ledger_grant(p_args)
    WHEN 'spend' THEN ledger_spend(p_args)
    WHEN 'reserve' THEN ledger_reserve(jsonb_build_array(p_args))->0
    WHEN 'resolve' THEN ledger_resolve(jsonb_build_array(p_args))->0
  END;
  IF v_result->>'outcome' IN ('granted', 'spent', 'reserved', 'settled', 'released') THEN
    INSERT INTO idempotency (scope, key_digest, request_hash, result) VALUES (p_scope, p_key_digest, p_request_hash, v_result);
  END IF;
  RETURN jsonb_build_object('outcome', 'done', 'replayed', false, 'result', v_result);
END
$$;
