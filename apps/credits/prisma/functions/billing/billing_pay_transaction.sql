-- Takes over time that the App Store has sold: a transaction pays the plan's periods that begin within it, counted from its own start, each once. Its
-- end may lie an hour beside that of a period, as its days are those of another time zone, so that whole periods count. Transactions come in any order:
-- what one of them pays ends where the next one of the subscription begins. True where it paid something that was not known. The caller has locked the
-- allowances of the account, then the account.
CREATE OR REPLACE FUNCTION billing_pay_transaction(
  p_subscription_id uuid, p_plan text, p_provider text, p_reference text, p_start timestamptz, p_end timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_account_id uuid;
  v_plan plan%ROWTYPE;
  v_known payment%ROWTYPE;
  v_allowance allowance%ROWTYPE;
  v_other text;
  v_number integer := 0;
  v_until timestamptz;
  v_next timestamptz;
BEGIN
  SELECT account_id INTO STRICT v_account_id FROM subscription WHERE id = p_subscription_id;
  SELECT * INTO STRICT v_plan FROM plan WHERE id = p_plan;
  WHILE ledger_period_start(p_start, v_plan.period, v_number + 1) <= p_end + interval '2 hours' LOOP v_number := v_number + 1; END LOOP;
  v_until := CASE WHEN v_number > 0 THEN ledger_period_start(p_start, v_plan.period, v_number) ELSE p_end END;
  SELECT min(period_start) INTO v_next FROM payment WHERE subscription_id = p_subscription_id AND period_start > p_start;
  SELECT * INTO v_known FROM payment WHERE provider = p_provider AND reference = p_reference;
  IF FOUND AND (v_known.reversed_at IS NOT NULL OR v_known.period_end >= least(v_until, v_next)) THEN RETURN false; END IF;

  INSERT INTO payment (provider, reference, account_id, subscription_id, plan, period_start, period_end, paid_at)
  VALUES (p_provider, p_reference, v_account_id, p_subscription_id, p_plan, p_start, v_until, ledger_now())
  ON CONFLICT (provider, reference) DO UPDATE SET period_end = excluded.period_end;
  FOR v_other IN
    SELECT reference FROM payment
     WHERE subscription_id = p_subscription_id AND period_start < p_start AND period_end > p_start AND reversed_at IS NULL ORDER BY period_start
  LOOP
    PERFORM billing_cut_payment(p_provider, v_other, p_start);
  END LOOP;

  IF v_next IS NULL AND NOT EXISTS (SELECT FROM allowance WHERE account_id = v_account_id AND plan = p_plan AND anchor_at > p_start) THEN
    FOR v_allowance IN
      SELECT a.* FROM allowance a WHERE a.account_id = v_account_id AND a.ended_at IS NULL AND (a.plan <> p_plan OR a.anchor_at <> p_start)
         AND a.plan IN (SELECT plan FROM payment WHERE subscription_id = p_subscription_id) ORDER BY a.plan
    LOOP
      PERFORM ledger_renew_one(v_account_id, v_allowance.plan, 120);
      UPDATE allowance SET ended_at = ledger_now() WHERE account_id = v_account_id AND plan = v_allowance.plan AND plan <> p_plan;
    END LOOP;
    PERFORM ledger_fund_allowance(v_account_id, p_plan, p_start, p_start, v_until, true);
  ELSE
    -- The schedule counts from a later transaction already.
    v_allowance.account_id := v_account_id;
    v_allowance.anchor_at := p_start;
    v_number := 0;
    WHILE ledger_period_start(p_start, v_plan.period, v_number) < least(v_until, v_next)
      AND ledger_period_start(p_start, v_plan.period, v_number) <= ledger_now()
    LOOP
      PERFORM ledger_grant_period(v_allowance, v_plan, v_number);
      v_number := v_number + 1;
    END LOOP;
    IF v_next < v_until THEN PERFORM billing_cut_payment(p_provider, p_reference, v_next); END IF;
  END IF;
  RETURN true;
END
$$;
