-- Forgives an owner's debt. `p_report` is an event for the audit trail, sent if anything was forgiven.
-- outcome: written_off | not_found
CREATE OR REPLACE FUNCTION ledger_write_off(
  p_owner_type text, p_owner_id uuid, p_actor text, p_reason text, p_report jsonb DEFAULT NULL
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_account FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'not_found'); END IF;
  IF v_account.debt > 0 THEN
    v_now := ledger_now();
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, actor, reason, drawn_at, created_at)
    VALUES (ledger_new_id(), 0, v_account.id, v_account.entries + 1, v_account.debt, v_account.balance, 'write_off', 'adjustment', 'write_off', 'debt',
      v_account.debt, p_actor, p_reason, v_now, v_now);
    UPDATE account SET debt = 0, entries = entries + 1 WHERE id = v_account.id;
    PERFORM ledger_report_on_account(p_report, v_account, jsonb_build_object('amount', ledger_whole_credits(v_account.debt)));
  END IF;
  RETURN jsonb_build_object('outcome', 'written_off', 'amount', v_account.debt::text);
END
$$;
