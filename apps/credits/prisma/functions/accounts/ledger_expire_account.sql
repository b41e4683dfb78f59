-- Moves what has expired (or was voided) and is not held out of an account whose row the caller has locked, one entry per grant.
CREATE OR REPLACE FUNCTION ledger_expire_account(p_account_id uuid, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_grant record;
  v_total bigint := 0;
BEGIN
  SELECT * INTO STRICT v_account FROM account WHERE id = p_account_id;
  FOR v_grant IN
    SELECT id, remaining - held AS free, voided_at FROM "grant"
     WHERE account_id = p_account_id AND NOT exhausted AND remaining > held AND expires_at <= p_now
     ORDER BY expires_at, id
  LOOP
    UPDATE "grant" SET remaining = held, exhausted = (held = 0) WHERE id = v_grant.id;
    v_total := v_total + v_grant.free;
    v_account.entries := v_account.entries + 1;
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, actor, reason, drawn_at, created_at)
    VALUES (ledger_new_id(), 0, p_account_id, v_account.entries, -v_grant.free, v_account.balance - v_total - v_account.debt,
      CASE WHEN v_grant.voided_at IS NULL THEN 'expiry' ELSE 'void' END,
      CASE WHEN v_grant.voided_at IS NULL THEN 'expiry' ELSE 'adjustment' END,
      'wallet', CASE WHEN v_grant.voided_at IS NULL THEN 'breakage' ELSE 'issuance' END,
      v_grant.free, v_grant.id, 'system:expiry', CASE WHEN v_grant.voided_at IS NULL THEN 'expired' ELSE 'voided' END, p_now, p_now);
  END LOOP;
  UPDATE account SET
    balance = balance - v_total,
    entries = v_account.entries,
    next_expiry_at = (SELECT min(g.expires_at) FROM "grant" g
      WHERE g.account_id = p_account_id AND NOT g.exhausted AND g.remaining > g.held)
  WHERE id = p_account_id;
  RETURN v_total;
END
$$;
