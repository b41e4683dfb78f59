-- Ends the time that a payment pays where another plan has taken its place, as the App Store gives back the money for the rest: what is left of the
-- credits goes, in proportion to the time that is left. A renewal that begins an hour early takes nothing.
CREATE OR REPLACE FUNCTION billing_cut_payment(p_provider text, p_reference text, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_payment payment%ROWTYPE;
  v_plan plan%ROWTYPE;
  v_grant record;
  v_end timestamptz;
  v_kept bigint;
BEGIN
  SELECT * INTO STRICT v_payment FROM payment WHERE provider = p_provider AND reference = p_reference;
  SELECT * INTO STRICT v_plan FROM plan WHERE id = v_payment.plan;
  UPDATE payment SET period_end = p_at WHERE provider = p_provider AND reference = p_reference;
  UPDATE allowance SET funded_until = p_at
   WHERE account_id = v_payment.account_id AND plan = v_payment.plan AND anchor_at = v_payment.period_start AND funded_until > p_at;
  FOR v_grant IN
    SELECT id, amount, effective_at, expires_at, priority FROM "grant"
     WHERE account_id = v_payment.account_id AND source = 'plan:' || v_payment.plan AND voided_at IS NULL
       AND effective_at >= v_payment.period_start AND effective_at < v_payment.period_end ORDER BY id
  LOOP
    v_end := ledger_period_start(v_grant.effective_at, v_plan.period, 1);
    CONTINUE WHEN v_end <= p_at + interval '2 hours';
    v_kept := (ledger_void_grant(v_grant.id)->>'voided')::bigint - floor(v_grant.amount::numeric
      * extract(epoch FROM v_end - greatest(p_at, v_grant.effective_at)) / extract(epoch FROM v_end - v_grant.effective_at));
    CONTINUE WHEN v_kept <= 0;
    UPDATE payment SET grant_id = (ledger_grant_to(v_payment.account_id, jsonb_build_object(
        'amount', v_kept::text, 'source', 'plan_change', 'source_ref', p_reference || ':rest', 'transaction_type', 'subscription_grant',
        'priority', v_grant.priority, 'expires_at', v_grant.expires_at, 'backfill', true, 'actor', 'system:plan_change'))->>'grant_id')::uuid
     WHERE provider = p_provider AND reference = p_reference;
  END LOOP;
END
$$;
