-- Charges at once, without a hold. Arguments: {owner_type, owner_id, amount, transaction_type, description?, actor}.
-- outcome: spent | insufficient | closed
CREATE OR REPLACE FUNCTION ledger_spend(p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_amount bigint := (p_args->>'amount')::bigint;
  v_owner_type text := p_args->>'owner_type';
  v_owner_id uuid := (p_args->>'owner_id')::uuid;
  v_entry uuid := ledger_new_id();
  v_now timestamptz;
  v_taken bigint;
BEGIN
  FOR v_try IN 1 .. 2 LOOP
    -- The gate.
    UPDATE account SET balance = balance - v_amount, spent = spent + v_amount, entries = entries + 1
     WHERE owner_type = v_owner_type AND owner_id = v_owner_id AND status = 'open' AND debt = 0 AND balance - held >= v_amount
       AND (next_expiry_at IS NULL OR next_expiry_at > ledger_now())
    RETURNING * INTO v_account;
    EXIT WHEN FOUND;
    SELECT * INTO v_account FROM account WHERE owner_type = v_owner_type AND owner_id = v_owner_id;
    IF v_account.status = 'closed' THEN RETURN jsonb_build_object('outcome', 'closed'); END IF;
    IF v_account.next_expiry_at IS NULL OR v_account.next_expiry_at > ledger_now() THEN
      RETURN jsonb_build_object('outcome', 'insufficient', 'available', coalesce(v_account.balance - v_account.held, 0)::text);
    END IF;
    PERFORM 1 FROM account WHERE id = v_account.id FOR NO KEY UPDATE;
    PERFORM ledger_expire_account(v_account.id, ledger_now());
    v_account := NULL;
  END LOOP;
  v_now := ledger_now();
  WITH written AS (
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, actor, drawn_at, created_at)
    SELECT v_entry, n - 1, v_account.id, CASE WHEN n = 1 THEN v_account.entries END, CASE WHEN n = 1 THEN -v_amount END,
        CASE WHEN n = 1 THEN v_account.balance END, 'charge', p_args->>'transaction_type', 'wallet', 'revenue', taken, grant_id, p_args->>'actor', v_now, v_now
      FROM ledger_take(v_account.id, v_amount, v_now) WITH ORDINALITY AS t (grant_id, taken, n)
    RETURNING amount
  )
  SELECT sum(amount) INTO v_taken FROM written;
  -- A grant expired between the gate and now: undo, and let the caller's retry meet the account as it is then.
  IF v_taken IS DISTINCT FROM v_amount THEN RAISE EXCEPTION 'free grants do not cover the charge' USING ERRCODE = 'serialization_failure'; END IF;
  IF p_args->>'description' <> '' THEN
    INSERT INTO entry_note (entry_id, account_id, description) VALUES (v_entry, v_account.id, p_args->>'description');
  END IF;
  RETURN jsonb_build_object('outcome', 'spent', 'transaction_id', v_entry, 'available', (v_account.balance - v_account.held)::text);
END
$$;
