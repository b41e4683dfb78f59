-- Pays the periods of an allowance from p_from to p_until, and grants those that have begun. Payments may come late, twice and in any order: each
-- period is granted once. Time between two payments that nobody paid for is left out. `p_anchor_at`: start of period 0, from which all others are
-- counted; another one than before counts from p_from on. `p_from_grants` false: what begins at or before now was granted in another way (the
-- rest of a period after a change of plan). The caller has locked the allowances of the account, then the account.
CREATE OR REPLACE FUNCTION ledger_fund_allowance(
  p_account_id uuid, p_plan text, p_anchor_at timestamptz, p_from timestamptz, p_until timestamptz, p_from_grants boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_allowance allowance%ROWTYPE;
  v_plan plan%ROWTYPE;
  v_now timestamptz := ledger_now();
  v_number integer;
  v_paused boolean;
BEGIN
  SELECT * INTO STRICT v_plan FROM plan WHERE id = p_plan;
  INSERT INTO allowance (account_id, plan, anchor_at, next_due_at, funded_until) VALUES (p_account_id, p_plan, p_anchor_at, p_anchor_at, '-infinity')
  ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT v_allowance FROM allowance WHERE account_id = p_account_id AND plan = p_plan FOR NO KEY UPDATE;
  v_paused := v_allowance.ended_at IS NULL AND v_allowance.next_due_at = 'infinity';
  IF v_allowance.anchor_at <> p_anchor_at THEN
    v_allowance.anchor_at := p_anchor_at;
    v_allowance.next_period := 0;
    v_allowance.funded_until := '-infinity';
  END IF;
  v_number := 0;
  WHILE ledger_period_start(v_allowance.anchor_at, v_plan.period, v_number) < p_from LOOP v_number := v_number + 1; END LOOP;
  IF NOT p_from_grants THEN
    WHILE ledger_period_start(v_allowance.anchor_at, v_plan.period, v_number) <= v_now LOOP v_number := v_number + 1; END LOOP;
    v_allowance.next_period := greatest(v_allowance.next_period, v_number);
  ELSIF v_number > v_allowance.next_period THEN
    -- Nobody paid for what lies between.
    IF p_from > coalesce(v_allowance.funded_until, '-infinity') OR v_allowance.ended_at IS NOT NULL THEN v_allowance.next_period := v_number; END IF;
  ELSE
    -- A payment of time that the schedule has passed already.
    WHILE v_number < v_allowance.next_period AND ledger_period_start(v_allowance.anchor_at, v_plan.period, v_number) < p_until
      AND ledger_period_start(v_allowance.anchor_at, v_plan.period, v_number) <= v_now AND v_plan.withdrawn_at IS NULL
    LOOP
      PERFORM ledger_grant_period(v_allowance, v_plan, v_number);
      v_number := v_number + 1;
    END LOOP;
  END IF;
  UPDATE allowance SET anchor_at = v_allowance.anchor_at, next_period = v_allowance.next_period, ended_at = NULL,
         next_due_at = CASE WHEN v_paused THEN 'infinity' ELSE ledger_period_start(v_allowance.anchor_at, v_plan.period, v_allowance.next_period) END,
         funded_until = greatest(v_allowance.funded_until, p_until)
   WHERE account_id = p_account_id AND plan = p_plan;
  IF (SELECT status FROM account WHERE id = p_account_id) = 'open' THEN
    PERFORM ledger_renew_one(p_account_id, p_plan, 120);
  ELSE
    UPDATE allowance SET next_due_at = 'infinity' WHERE account_id = p_account_id AND plan = p_plan;
  END IF;
END
$$;
