-- Has the paused allowances of an account (not due before `infinity`) fall due again. Periods that began and ended meanwhile are left out: the next one
-- that is granted is the one that runs now, or else the next.
CREATE OR REPLACE FUNCTION ledger_resume_allowances(p_account_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_paused record;
  v_period integer;
BEGIN
  FOR v_paused IN
    SELECT a.plan, a.anchor_at, a.next_period, p.period FROM allowance a JOIN plan p ON p.id = a.plan
     WHERE a.account_id = p_account_id AND a.next_due_at = 'infinity' ORDER BY a.plan FOR NO KEY UPDATE OF a
  LOOP
    v_period := v_paused.next_period;
    WHILE ledger_period_start(v_paused.anchor_at, v_paused.period, v_period + 1) <= v_now LOOP
      v_period := v_period + 1;
    END LOOP;
    UPDATE allowance SET next_period = v_period, next_due_at = ledger_period_start(v_paused.anchor_at, v_paused.period, v_period)
     WHERE account_id = p_account_id AND plan = v_paused.plan;
  END LOOP;
END
$$;
