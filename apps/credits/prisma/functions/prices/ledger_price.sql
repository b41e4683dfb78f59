-- The price in force; NULL for an operation that is unknown or retired.
CREATE OR REPLACE FUNCTION ledger_price(p_operation text) RETURNS price LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_newest price%ROWTYPE;
BEGIN
  SELECT * INTO v_newest FROM price WHERE operation = p_operation ORDER BY version DESC LIMIT 1;
  IF v_newest.retired THEN RETURN NULL; END IF;
  RETURN v_newest;
END
$$;
