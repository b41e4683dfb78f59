-- Whole credits of an amount, rounded up, as people read them.
CREATE OR REPLACE FUNCTION ledger_whole_credits(p_micro bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_micro + 999999) / 1000000;
$$;
