-- Takes over the price list of the file: an operation whose entry differs from what the file said before gets a new version. An entry
-- that did not change leaves alone what an operator has set since. Items: {operation, cost, transaction_type}.
CREATE OR REPLACE FUNCTION ledger_load_prices(p_items jsonb) RETURNS integer LANGUAGE plpgsql AS $$
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
