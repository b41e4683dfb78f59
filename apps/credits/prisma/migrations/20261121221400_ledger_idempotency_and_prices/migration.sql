-- Runs one act at most once per key, in the act's own transaction: a crash leaves both the act and its record, or neither.
-- Gives {outcome: done, replayed, result} | {outcome: conflict} (the key belongs to another request) | {outcome: running}.
-- A refusal moves nothing and is not recorded, so it is decided anew when the request is repeated.
CREATE FUNCTION ledger_once(p_scope text, p_key_digest bytea, p_request_hash bytea, p_act text, p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  v_result := CASE p_act
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

-- Puts a price in force as a new version, unless it is what is in force already. NULL cost retires the operation. What the file says is
-- always recorded as the file's, so that its next change can be told from an operator's.
CREATE FUNCTION ledger_set_price(p_operation text, p_cost bigint, p_transaction_type text, p_source text) RETURNS price LANGUAGE plpgsql AS $$
DECLARE
  v_newest price%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_operation, 2));
  SELECT * INTO v_newest FROM price WHERE operation = p_operation ORDER BY version DESC LIMIT 1;
  IF v_newest.cost = coalesce(p_cost, v_newest.cost) AND v_newest.transaction_type = coalesce(p_transaction_type, v_newest.transaction_type)
    AND v_newest.retired = (p_cost IS NULL) AND (p_source = 'admin' OR v_newest.source = 'file') THEN RETURN v_newest; END IF;
  IF v_newest IS NULL AND p_cost IS NULL THEN RETURN NULL; END IF;
  INSERT INTO price (operation, version, cost, transaction_type, retired, source)
  VALUES (p_operation, coalesce(v_newest.version, 0) + 1, coalesce(p_cost, v_newest.cost),
    coalesce(p_transaction_type, v_newest.transaction_type, 'generation'), p_cost IS NULL, p_source)
  RETURNING * INTO v_newest;
  RETURN v_newest;
END
$$;

-- Takes over the price list of the file: an operation whose entry differs from what the file said before gets a new version. An entry
-- that did not change leaves alone what an operator has set since. Items: {operation, cost, transaction_type}.
CREATE FUNCTION ledger_load_prices(p_items jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_item record;
  v_last price%ROWTYPE;
  v_changed integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('price list file', 2));
  FOR v_item IN SELECT * FROM jsonb_to_recordset(p_items) AS i (operation text, cost bigint, transaction_type text) ORDER BY operation LOOP
    SELECT * INTO v_last FROM price WHERE operation = v_item.operation AND source = 'file' ORDER BY version DESC LIMIT 1;
    CONTINUE WHEN v_last.cost = v_item.cost AND v_last.transaction_type = v_item.transaction_type;
    PERFORM ledger_set_price(v_item.operation, v_item.cost, v_item.transaction_type, 'file');
    v_changed := v_changed + 1;
  END LOOP;
  RETURN v_changed;
END
$$;
