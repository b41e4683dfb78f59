-- Grants every period of one allowance (row locked) that has begun and is paid, at most p_periods_max of them. An account that was closed ends it, and so
-- does a plan that was withdrawn.
CREATE OR REPLACE FUNCTION ledger_renew_one(p_account_id uuid, p_plan text, p_periods_max integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_allowance allowance%ROWTYPE;
  v_plan plan%ROWTYPE;
  v_now timestamptz;
  v_result jsonb;
  v_granted integer := 0;
BEGIN
  SELECT * INTO STRICT v_allowance FROM allowance WHERE account_id = p_account_id AND plan = p_plan;
  SELECT * INTO STRICT v_plan FROM plan WHERE id = p_plan;
  PERFORM 1 FROM account WHERE id = p_account_id FOR NO KEY UPDATE;
  v_now := ledger_now();
  IF v_plan.withdrawn_at IS NOT NULL THEN v_allowance.ended_at := coalesce(v_allowance.ended_at, v_now); END IF;
  WHILE v_allowance.ended_at IS NULL AND v_allowance.next_due_at <= v_now
    AND (v_allowance.funded_until IS NULL OR v_allowance.next_due_at < v_allowance.funded_until) AND v_granted < p_periods_max
  LOOP
    v_result := ledger_grant_period(v_allowance, v_plan, v_allowance.next_period);
    IF v_result->>'outcome' <> 'granted' THEN
      v_allowance.ended_at := v_now;
    ELSE
      v_granted := v_granted + (v_result->>'created')::boolean::integer;
      v_allowance.next_period := v_allowance.next_period + 1;
      v_allowance.next_due_at := ledger_period_start(v_allowance.anchor_at, v_plan.period, v_allowance.next_period);
    END IF;
  END LOOP;
  UPDATE allowance SET next_period = v_allowance.next_period, next_due_at = v_allowance.next_due_at, ended_at = v_allowance.ended_at
   WHERE account_id = p_account_id AND plan = p_plan;
  RETURN v_granted;
END
$$;
