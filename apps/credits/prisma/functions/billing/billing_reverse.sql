-- Takes back a payment that was refunded, or lost to a dispute: its time is not paid any more, and what is left of the credits that it brought goes.
-- Once, however often it is told.
CREATE OR REPLACE FUNCTION billing_reverse(p_provider text, p_reference text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_payment payment%ROWTYPE;
  v_grant uuid;
BEGIN
  UPDATE payment SET reversed_at = ledger_now() WHERE provider = p_provider AND reference = p_reference AND reversed_at IS NULL RETURNING * INTO v_payment;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE allowance SET funded_until = coalesce(
           (SELECT max(period_end) FROM payment WHERE account_id = v_payment.account_id AND plan = v_payment.plan AND reversed_at IS NULL),
           v_payment.period_start)
   WHERE account_id = v_payment.account_id AND plan = v_payment.plan AND funded_until IS NOT NULL;
  FOR v_grant IN
    SELECT id FROM "grant" WHERE account_id = v_payment.account_id AND voided_at IS NULL AND (id = v_payment.grant_id
      OR (source = 'plan:' || v_payment.plan AND effective_at >= v_payment.period_start AND effective_at < v_payment.period_end)) ORDER BY id
  LOOP
    PERFORM ledger_void_grant(v_grant);
  END LOOP;
END
$$;
