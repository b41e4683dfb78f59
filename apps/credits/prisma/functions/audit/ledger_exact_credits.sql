-- Credits of an amount, exact to a micro-credit.
CREATE OR REPLACE FUNCTION ledger_exact_credits(p_micro bigint) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT trim_scale(p_micro / 1000000::numeric);
$$;
