-- Undoes a reversal: the time is paid again, and what was taken of the credits is granted anew, with the time that they had.
CREATE OR REPLACE FUNCTION billing_reinstate(p_provider text, p_reference text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_payment payment%ROWTYPE;
  v_plan plan%ROWTYPE;
  v_taken record;
  v_grant uuid;
BEGIN
  SELECT * INTO v_payment FROM payment WHERE provider = p_provider AND reference = p_reference AND reversed_at IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE payment SET reversed_at = NULL WHERE provider = p_provider AND reference = p_reference;
  -- None of credits that were bought, which do not expire.
  SELECT * INTO v_plan FROM plan WHERE id = v_payment.plan;
  UPDATE allowance SET funded_until = greatest(funded_until, v_payment.period_end)
   WHERE account_id = v_payment.account_id AND plan = v_payment.plan AND funded_until IS NOT NULL;
  FOR v_taken IN
    SELECT g.id, g.source, g.source_ref, g.priority, g.effective_at, t.amount FROM "grant" g
      JOIN LATERAL (SELECT sum(amount)::bigint AS amount FROM transfer WHERE account_id = g.account_id AND grant_id = g.id AND kind = 'void') t ON t.amount > 0
     WHERE g.account_id = v_payment.account_id AND g.voided_at >= v_payment.reversed_at AND (g.id = v_payment.grant_id
       OR (g.source = 'plan:' || v_payment.plan AND g.effective_at >= v_payment.period_start AND g.effective_at < v_payment.period_end)) ORDER BY g.id
  LOOP
    v_grant := (ledger_grant_to(v_payment.account_id, jsonb_build_object(
      'amount', v_taken.amount::text, 'source', v_taken.source, 'source_ref', v_taken.source_ref || ':reinstated',
      'transaction_type', CASE WHEN v_payment.plan IS NULL THEN v_taken.source ELSE 'subscription_grant' END, 'priority', v_taken.priority,
      'expires_at', ledger_period_start(v_taken.effective_at, v_plan.period, v_plan.lifetime_periods), 'backfill', true,
      'actor', 'system:reinstated'))->>'grant_id')::uuid;
    IF v_taken.id = v_payment.grant_id THEN
      UPDATE payment SET grant_id = v_grant WHERE provider = p_provider AND reference = p_reference;
    END IF;
  END LOOP;
END
$$;
