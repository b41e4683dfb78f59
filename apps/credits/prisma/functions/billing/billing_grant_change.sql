-- Grants what a higher plan brings for the rest of a period: the difference of both, in proportion to the time that is left at p_at, rounded down to a
-- micro-credit. Once per subscription, period and plan, whatever is changed back and forth. Returns the grant, or NULL where there is no difference.
CREATE OR REPLACE FUNCTION billing_grant_change(p_account_id uuid, p_subscription_id uuid, p_from_plan text, p_to_plan text, p_at timestamptz) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  v_from plan%ROWTYPE;
  v_to plan%ROWTYPE;
  v_anchor timestamptz;
  v_number integer := 0;
  v_start timestamptz;
  v_end timestamptz;
  v_amount bigint;
BEGIN
  SELECT * INTO STRICT v_from FROM plan WHERE id = p_from_plan;
  SELECT * INTO STRICT v_to FROM plan WHERE id = p_to_plan;
  SELECT anchor_at INTO v_anchor FROM allowance WHERE account_id = p_account_id AND plan = p_from_plan;
  IF NOT FOUND THEN RETURN NULL; END IF;
  WHILE ledger_period_start(v_anchor, v_from.period, v_number + 1) <= p_at LOOP v_number := v_number + 1; END LOOP;
  v_start := ledger_period_start(v_anchor, v_from.period, v_number);
  v_end := ledger_period_start(v_anchor, v_from.period, v_number + 1);
  v_amount := floor((v_to.amount - v_from.amount)::numeric * extract(epoch FROM v_end - p_at) / extract(epoch FROM v_end - v_start));
  IF v_amount <= 0 THEN RETURN NULL; END IF;
  RETURN (ledger_grant_to(p_account_id, jsonb_build_object(
    'amount', v_amount::text, 'source', 'plan_change',
    'source_ref', p_subscription_id || ':' || to_char(v_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ':' || p_to_plan,
    'transaction_type', 'subscription_grant', 'priority', v_to.priority, 'effective_at', p_at,
    'expires_at', ledger_period_start(v_anchor, v_from.period, v_number + v_to.lifetime_periods), 'backfill', true,
    'actor', 'system:plan_change'))->>'grant_id')::uuid;
END
$$;
