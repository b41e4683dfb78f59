-- Grants period p_number of an allowance, whose account the caller has locked; once, whoever asks. A period that is over is granted and expires in
-- one go, so that the history shows it.
CREATE OR REPLACE FUNCTION ledger_grant_period(p_allowance allowance, p_plan plan, p_number integer) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT ledger_grant_to(p_allowance.account_id, jsonb_build_object(
    'amount', p_plan.amount::text, 'source', 'plan:' || p_plan.id,
    'source_ref', to_char(ledger_period_start(p_allowance.anchor_at, p_plan.period, p_number) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'transaction_type', 'subscription_grant', 'priority', p_plan.priority,
    'effective_at', ledger_period_start(p_allowance.anchor_at, p_plan.period, p_number),
    'expires_at', ledger_period_start(p_allowance.anchor_at, p_plan.period, p_number + p_plan.lifetime_periods),
    'backfill', true, 'actor', 'system:allowance'))
$$;
