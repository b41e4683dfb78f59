-- What operators and services change in prices and accounts is reported to the audit trail, as grants are: the entry leaves with the change,
-- in one transaction, and only for the call that changed something.

-- Whole credits of an amount, rounded up, as people read them.
CREATE FUNCTION ledger_whole_credits(p_micro bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_micro + 999999) / 1000000;
$$;

-- Sends an entry for the audit trail, with members and facts that only the change itself knows. NULL: nobody asked for one.
CREATE FUNCTION ledger_report(p_report jsonb, p_members jsonb, p_detail jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO outbox (id, type, payload)
  SELECT ledger_new_id(), 'audit.recorded', p_report || p_members || jsonb_build_object('detail', coalesce(p_report->'detail', '{}') || p_detail)
   WHERE p_report IS NOT NULL;
$$;

DROP FUNCTION ledger_set_price(text, bigint, text, text);

-- As before, and reports a change.
CREATE FUNCTION ledger_set_price(p_operation text, p_cost bigint, p_transaction_type text, p_source text, p_report jsonb DEFAULT NULL) RETURNS price LANGUAGE plpgsql AS $$
DECLARE
  v_newest price%ROWTYPE;
  v_before price%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_operation, 2));
  SELECT * INTO v_newest FROM price WHERE operation = p_operation ORDER BY version DESC LIMIT 1;
  IF v_newest.cost = coalesce(p_cost, v_newest.cost) AND v_newest.transaction_type = coalesce(p_transaction_type, v_newest.transaction_type)
    AND v_newest.retired = (p_cost IS NULL) AND (p_source = 'admin' OR v_newest.source = 'file') THEN RETURN v_newest; END IF;
  IF v_newest IS NULL AND p_cost IS NULL THEN RETURN NULL; END IF;
  v_before := v_newest;
  INSERT INTO price (operation, version, cost, transaction_type, retired, source)
  VALUES (p_operation, coalesce(v_newest.version, 0) + 1, coalesce(p_cost, v_newest.cost),
    coalesce(p_transaction_type, v_newest.transaction_type, 'generation'), p_cost IS NULL, p_source)
  RETURNING * INTO v_newest;
  PERFORM ledger_report(p_report, '{}', jsonb_build_object(
    'operation', p_operation, 'version', v_newest.version,
    'cost', CASE WHEN NOT v_newest.retired THEN ledger_whole_credits(v_newest.cost) END,
    'cost_before', CASE WHEN NOT v_before.retired THEN ledger_whole_credits(v_before.cost) END,
    'transaction_type', v_newest.transaction_type));
  RETURN v_newest;
END
$$;

DROP FUNCTION ledger_write_off(uuid, text, text);

-- As before, and reports what was forgiven.
CREATE FUNCTION ledger_write_off(p_owner_id uuid, p_actor text, p_reason text, p_report jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_account FROM account WHERE owner_type = 'user' AND owner_id = p_owner_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'not_found'); END IF;
  IF v_account.debt > 0 THEN
    v_now := ledger_now();
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, actor, reason, drawn_at, created_at)
    VALUES (ledger_new_id(), 0, v_account.id, v_account.entries + 1, v_account.debt, v_account.balance, 'write_off', 'adjustment', 'write_off', 'debt',
      v_account.debt, p_actor, p_reason, v_now, v_now);
    UPDATE account SET debt = 0, entries = entries + 1 WHERE id = v_account.id;
    PERFORM ledger_report(p_report, jsonb_build_object('user_id', p_owner_id),
      jsonb_build_object('amount', ledger_whole_credits(v_account.debt)));
  END IF;
  RETURN jsonb_build_object('outcome', 'written_off', 'amount', v_account.debt::text);
END
$$;

DROP FUNCTION ledger_void_grant(uuid);

-- As before, and reports what was taken back.
CREATE FUNCTION ledger_void_grant(p_grant_id uuid, p_report jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_grant "grant"%ROWTYPE;
  v_account_id uuid;
  v_now timestamptz;
BEGIN
  SELECT account_id INTO v_account_id FROM "grant" WHERE id = p_grant_id;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'not_found'); END IF;
  PERFORM 1 FROM account WHERE id = v_account_id FOR NO KEY UPDATE;
  v_now := ledger_now();
  SELECT * INTO STRICT v_grant FROM "grant" WHERE id = p_grant_id;
  IF v_grant.voided_at IS NULL AND (v_grant.expires_at IS NULL OR v_grant.expires_at > v_now) THEN
    UPDATE "grant" SET voided_at = v_now, expires_at = v_now WHERE id = p_grant_id;
    UPDATE account SET next_expiry_at = least(next_expiry_at, v_now) WHERE id = v_account_id;
    PERFORM ledger_expire_account(v_account_id, v_now);
    PERFORM ledger_report(
      p_report,
      coalesce((SELECT jsonb_build_object('user_id', a.owner_id) FROM account a WHERE a.id = v_account_id AND a.owner_type = 'user' AND a.owner_id IS NOT NULL), '{}'),
      jsonb_build_object('grant_id', p_grant_id, 'amount', ledger_whole_credits(v_grant.remaining - v_grant.held)));
  ELSE
    v_grant.remaining := v_grant.held;
  END IF;
  RETURN jsonb_build_object('outcome', 'voided', 'voided', (v_grant.remaining - v_grant.held)::text, 'held', v_grant.held::text,
    'available', (SELECT (balance - held)::text FROM account WHERE id = v_account_id));
END
$$;
