-- Takes up to p_amount from the free grants of a locked account, in spending order. Leaves the account row to the caller.
CREATE OR REPLACE FUNCTION ledger_take(p_account_id uuid, p_amount bigint, p_now timestamptz)
RETURNS TABLE (grant_id uuid, taken bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_need bigint := p_amount;
  v_free record;
BEGIN
  IF v_need <= 0 THEN RETURN; END IF;
  FOR v_free IN
    SELECT g.id, g.remaining, g.held FROM "grant" g
     WHERE g.account_id = p_account_id AND NOT g.exhausted AND g.remaining > g.held AND (g.expires_at IS NULL OR g.expires_at > p_now)
     ORDER BY g.priority, g.expires_at, g.id
  LOOP
    grant_id := v_free.id;
    taken := least(v_need, v_free.remaining - v_free.held);
    UPDATE "grant" SET remaining = remaining - taken, exhausted = (remaining = taken) WHERE id = v_free.id;
    RETURN NEXT;
    v_need := v_need - taken;
    EXIT WHEN v_need = 0;
  END LOOP;
END
$$;
