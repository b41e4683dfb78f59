-- Grants the credits of a trial: as many of the plan's as the trial is of a period, and no more than one period's. Once per account.
CREATE OR REPLACE FUNCTION billing_grant_trial(p_account_id uuid, p_plan text, p_start timestamptz, p_end timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_plan plan%ROWTYPE;
  v_period interval;
  v_amount bigint;
BEGIN
  SELECT * INTO STRICT v_plan FROM plan WHERE id = p_plan;
  v_period := ledger_period_start(p_start, v_plan.period, 1) - p_start;
  v_amount := least(v_plan.amount, floor(v_plan.amount::numeric * extract(epoch FROM p_end - p_start) / extract(epoch FROM v_period)));
  IF v_amount <= 0 THEN RETURN; END IF;
  PERFORM ledger_grant_to(p_account_id, jsonb_build_object(
    'amount', v_amount::text, 'source', 'trial', 'source_ref', 'first', 'transaction_type', 'subscription_grant', 'priority', v_plan.priority,
    'effective_at', p_start, 'expires_at', p_end, 'backfill', true, 'actor', 'system:trial'));
END
$$;
