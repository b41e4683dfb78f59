-- Puts a price in force as a new version, unless it is what is in force already. NULL cost retires the operation. What the file says is
-- always recorded as the file's, so that its next change can be told from an operator's. `p_report` is an event for the audit trail.
CREATE OR REPLACE FUNCTION ledger_set_price(p_operation text, p_cost bigint, p_transaction_type text, p_source text, p_report jsonb DEFAULT NULL) RETURNS price LANGUAGE plpgsql AS $$
DECLARE
  v_newest price%ROWTYPE;
  v_before price%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_operation, 2));
  SELECT * INTO v_newest FROM price WHERE operation = p_operation ORDER BY version DESC LIMIT 1;
  IF v_newest.cost = coalesce(p_cost, v_newest.cost) AND v_newest.transaction_type = coalesce(p_transaction_type, v_newest.transaction_type)
    AND v_newest.retired = (p_cost IS NULL) AND (p_source = 'admin' OR v_newest.source = 'file') THEN RETURN v_newest; END IF;
  IF v_newest IS NULL AND p_cost IS NULL THEN RETURN NULL; END IF;
  v_before := v_newest;
  INSERT INTO price (operation, version, cost, transaction_type, retired, source, report_id)
  VALUES (p_operation, coalesce(v_newest.version, 0) + 1, coalesce(p_cost, v_newest.cost),
    coalesce(p_transaction_type, v_newest.transaction_type, 'generation'), p_cost IS NULL, p_source, (p_report->>'id')::uuid)
  RETURNING * INTO v_newest;
  PERFORM ledger_report(p_report, '{}', jsonb_build_object(
    'operation', p_operation, 'version', v_newest.version,
    'cost', CASE WHEN NOT v_newest.retired THEN ledger_exact_credits(v_newest.cost) END,
    'cost_before', CASE WHEN NOT v_before.retired THEN ledger_exact_credits(v_before.cost) END,
    'transaction_type', v_newest.transaction_type));
  RETURN v_newest;
END
$$;
