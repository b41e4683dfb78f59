-- Pays debt from free credits of a locked account. It changes what the owner has by nothing, so the history does not show it.
CREATE OR REPLACE FUNCTION ledger_repay(p_account_id uuid, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_entry uuid := ledger_new_id();
  v_paid bigint;
BEGIN
  WITH taken AS (
    SELECT t.* FROM account a, ledger_take(a.id, least(a.debt, a.balance - a.held), p_now) t WHERE a.id = p_account_id
  ), written AS (
    INSERT INTO transfer (entry_id, line, account_id, kind, type, debit, credit, amount, grant_id, actor, reason, drawn_at, created_at)
    SELECT v_entry, row_number() OVER () - 1, p_account_id, 'repayment', 'adjustment', 'wallet', 'debt', t.taken, t.grant_id, 'system:repayment', 'debt', p_now, p_now
      FROM taken t
    RETURNING amount
  )
  SELECT sum(amount) INTO v_paid FROM written;
  UPDATE account SET balance = balance - v_paid, debt = debt - v_paid WHERE id = p_account_id AND v_paid > 0;
END
$$;
