-- Renews what is due, at most p_limit allowances and p_periods_max periods of each. Others may do the same: nobody waits for a row that
-- somebody else is renewing. Returns how many allowances were due; fewer than p_limit means that nothing more is due.
CREATE OR REPLACE FUNCTION ledger_renew(p_limit integer, p_periods_max integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_due record;
  v_count integer := 0;
BEGIN
  FOR v_due IN
    -- Accounts in the order of their ids, as everybody locks them.
    SELECT due.* FROM (
      SELECT account_id, plan FROM allowance WHERE ended_at IS NULL AND (funded_until IS NULL OR next_due_at < funded_until) AND next_due_at <= v_now
       ORDER BY next_due_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    ) due ORDER BY account_id
  LOOP
    PERFORM ledger_renew_one(v_due.account_id, v_due.plan, p_periods_max);
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END
$$;
