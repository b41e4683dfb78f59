-- Grants credits, as `ledger_grant` does, to an account whose row the caller has locked.
CREATE OR REPLACE FUNCTION ledger_grant_to(v_account_id uuid, p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_amount bigint := (p_args->>'amount')::bigint;
  v_type text := p_args->>'transaction_type';
  v_id uuid := ledger_new_id();
  v_now timestamptz := ledger_now();
  v_known record;
BEGIN
  SELECT * INTO STRICT v_account FROM account WHERE id = v_account_id;
  IF v_account.next_expiry_at <= v_now THEN
    PERFORM ledger_expire_account(v_account_id, v_now);
    SELECT * INTO STRICT v_account FROM account WHERE id = v_account_id;
  END IF;
  SELECT id, amount INTO v_known FROM "grant"
   WHERE account_id = v_account_id AND source = p_args->>'source' AND source_ref = p_args->>'source_ref';
  IF FOUND THEN
    RETURN jsonb_build_object('outcome', 'granted', 'created', false, 'grant_id', v_known.id, 'granted', v_known.amount::text,
      'available', (v_account.balance - v_account.held)::text);
  END IF;
  IF v_account.status = 'closed' THEN RETURN jsonb_build_object('outcome', 'closed'); END IF;
  IF (p_args->>'expires_at')::timestamptz <= v_now AND p_args->>'backfill' IS NULL THEN RETURN jsonb_build_object('outcome', 'expired'); END IF;
  -- Far above any real balance, far below what bigint holds.
  IF v_account.balance > 1000000000000000000 - v_amount THEN RETURN jsonb_build_object('outcome', 'limit'); END IF;

  INSERT INTO "grant" (id, account_id, amount, remaining, priority, effective_at, expires_at, source, source_ref, created_at)
  VALUES (v_id, v_account_id, v_amount, v_amount, coalesce((p_args->>'priority')::smallint, 100), coalesce((p_args->>'effective_at')::timestamptz, v_now),
    (p_args->>'expires_at')::timestamptz, p_args->>'source', coalesce(p_args->>'source_ref', v_id::text), v_now);
  UPDATE account SET balance = balance + v_amount, earned = earned + v_amount, entries = entries + 1,
    next_expiry_at = least(next_expiry_at, (p_args->>'expires_at')::timestamptz)
   WHERE id = v_account_id RETURNING * INTO v_account;
  INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, actor, drawn_at, created_at)
  VALUES (v_id, 0, v_account_id, v_account.entries, v_amount, v_account.balance - v_account.debt, 'grant', v_type,
    CASE WHEN v_type = 'refund' THEN 'revenue' ELSE 'issuance' END, 'wallet', v_amount, v_id, p_args->>'actor', v_now, v_now);
  IF p_args->>'description' <> '' THEN
    INSERT INTO entry_note (entry_id, account_id, description) VALUES (v_id, v_account_id, p_args->>'description');
  END IF;
  IF v_account.next_expiry_at <= v_now THEN PERFORM ledger_expire_account(v_account_id, v_now); END IF;
  IF v_account.debt > 0 THEN PERFORM ledger_repay(v_account_id, v_now); END IF;
  SELECT * INTO STRICT v_account FROM account WHERE id = v_account_id;
  RETURN jsonb_build_object('outcome', 'granted', 'created', true, 'grant_id', v_id, 'granted', v_amount::text,
    'available', (v_account.balance - v_account.held)::text);
END
$$;
