-- When p_periods periods end that begin at p_from or, where that is in the middle of one, with the next. Periods are counted from the anchor.
CREATE OR REPLACE FUNCTION billing_term_end(p_anchor timestamptz, p_period text, p_from timestamptz, p_periods integer) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_number integer := 0;
BEGIN
  WHILE ledger_period_start(p_anchor, p_period, v_number) < p_from LOOP v_number := v_number + 1; END LOOP;
  RETURN ledger_period_start(p_anchor, p_period, v_number + p_periods);
END
$$;
