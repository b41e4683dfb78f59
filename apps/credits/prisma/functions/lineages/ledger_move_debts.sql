-- Moves what erased accounts of a lineage owe to its newest account that is open; returns how many accounts it freed of their debt. One call moves
-- the debts of a lineage at a time, and accounts are locked in the order of their ids, as everywhere.
CREATE OR REPLACE FUNCTION ledger_move_debts(p_lineage_id uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_heir account%ROWTYPE;
  v_left account%ROWTYPE;
  v_entry uuid;
  v_count integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_lineage_id::text, 3));
  SELECT * INTO v_heir FROM account
   WHERE lineage_id = p_lineage_id AND status = 'open' AND owner_id IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT 1;
  IF NOT FOUND THEN RETURN 0; END IF;
  PERFORM 1 FROM account
    WHERE id = v_heir.id OR (lineage_id = p_lineage_id AND erased_at IS NOT NULL AND debt > 0)
    ORDER BY id FOR NO KEY UPDATE;
  -- As they are now that nobody else changes them.
  SELECT * INTO STRICT v_heir FROM account WHERE id = v_heir.id;
  IF v_heir.status <> 'open' THEN RETURN 0; END IF;
  FOR v_left IN
    SELECT * FROM account WHERE lineage_id = p_lineage_id AND erased_at IS NOT NULL AND debt > 0 ORDER BY id FOR NO KEY UPDATE
  LOOP
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, actor, drawn_at, created_at)
    VALUES (ledger_new_id(), 0, v_left.id, v_left.entries + 1, v_left.debt, v_left.balance, 'debt_moved', 'adjustment', 'moved_debt', 'debt',
      v_left.debt, 'system:lineage', v_now, v_now);
    UPDATE account SET debt = 0, entries = entries + 1 WHERE id = v_left.id;
    v_entry := ledger_new_id();
    UPDATE account SET debt = debt + v_left.debt, entries = entries + 1 WHERE id = v_heir.id RETURNING * INTO v_heir;
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, actor, drawn_at, created_at)
    VALUES (v_entry, 0, v_heir.id, v_heir.entries, -v_left.debt, v_heir.balance - v_heir.debt, 'debt_moved', 'adjustment', 'debt', 'moved_debt',
      v_left.debt, 'system:lineage', v_now, v_now);
    INSERT INTO entry_note (entry_id, account_id, description) VALUES (v_entry, v_heir.id, 'Owed from an earlier account');
    v_count := v_count + 1;
  END LOOP;
  IF v_count > 0 AND v_heir.balance > v_heir.held THEN PERFORM ledger_repay(v_heir.id, v_now); END IF;
  RETURN v_count;
END
$$;
