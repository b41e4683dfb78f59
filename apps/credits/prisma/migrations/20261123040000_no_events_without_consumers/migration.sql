-- What only moved credits told of it in events that nobody consumed; they are no longer written.

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

-- Resolves one reservation in every case, in the database's rows: what is charged beyond the hold, or after the hold has expired, takes free
-- grants and then makes debt; what returns to an expired grant expires; what becomes free pays debt.
CREATE OR REPLACE FUNCTION ledger_resolve_one(r reservation, p_action text, v_charge bigint, p_actor text, v_now timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_entry uuid := CASE WHEN p_action = 'settle' THEN ledger_new_id() END;
  v_hold bigint := CASE WHEN r.state = 'open' THEN r.amount ELSE 0 END;
  v_reason text := CASE WHEN r.state = 'open' THEN 'beyond_hold' ELSE 'late' END;
  v_left bigint;
  v_used bigint;
  v_line smallint := 0;
  v_seq bigint;
  v_net bigint;
  v_after bigint;
  v_freed_at timestamptz;
  v_grant_freed_at timestamptz;
  v_more record;
BEGIN
  SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id;
  -- A charge beyond the hold looks at the free grants; what has expired must be out of them first.
  IF v_charge > v_hold AND v_account.next_expiry_at <= v_now THEN
    PERFORM ledger_expire_account(r.account_id, v_now);
    SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id;
  END IF;
  IF v_charge > 0 THEN
    v_seq := v_account.entries + 1;
    v_net := -v_charge;
    v_after := v_account.balance - v_account.debt - v_charge;
  END IF;

  -- The hold: what is charged leaves the grants it was drawn on, the rest returns to them.
  v_left := least(v_charge, v_hold);
  IF v_hold > 0 THEN
    FOR v_at IN 1 .. cardinality(r.draw_grants) LOOP
      v_used := least(v_left, r.draw_amounts[v_at]);
      v_left := v_left - v_used;
      UPDATE "grant" SET remaining = remaining - v_used, held = held - r.draw_amounts[v_at], exhausted = (remaining = v_used)
       WHERE id = r.draw_grants[v_at] RETURNING expires_at INTO v_grant_freed_at;
      IF v_used > 0 THEN
        INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id,
          reservation_id, operation, price_version, actor, drawn_at, created_at)
        VALUES (v_entry, v_line, r.account_id, v_seq, v_net, v_after, 'charge', r.transaction_type, 'wallet', 'revenue', v_used, r.draw_grants[v_at],
          r.id, r.operation, r.price_version, p_actor, r.created_at, v_now);
        v_line := v_line + 1;
        v_seq := NULL; v_net := NULL; v_after := NULL;
      END IF;
      IF v_used < r.draw_amounts[v_at] THEN v_freed_at := least(v_freed_at, v_grant_freed_at); END IF;
    END LOOP;
  END IF;

  -- Beyond the hold: free grants, then debt.
  v_left := v_charge - least(v_charge, v_hold);
  IF v_left > 0 THEN
    FOR v_more IN SELECT * FROM ledger_take(r.account_id, v_left, v_now) LOOP
      INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id,
        reservation_id, operation, price_version, actor, reason, drawn_at, created_at)
      VALUES (v_entry, v_line, r.account_id, v_seq, v_net, v_after, 'charge', r.transaction_type, 'wallet', 'revenue', v_more.taken, v_more.grant_id,
        r.id, r.operation, r.price_version, p_actor, v_reason, v_now, v_now);
      v_left := v_left - v_more.taken;
      v_line := v_line + 1;
      v_seq := NULL; v_net := NULL; v_after := NULL;
    END LOOP;
    IF v_left > 0 THEN
      INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount,
        reservation_id, operation, price_version, actor, reason, drawn_at, created_at)
      VALUES (v_entry, v_line, r.account_id, v_seq, v_net, v_after, 'charge', r.transaction_type, 'debt', 'revenue', v_left,
        r.id, r.operation, r.price_version, p_actor, v_reason, v_now, v_now);
    END IF;
  END IF;

  -- v_left is now what became debt.
  UPDATE account SET
    balance = balance - (v_charge - v_left),
    held = held - v_hold,
    debt = debt + v_left,
    spent = spent + v_charge,
    entries = entries + (v_charge > 0)::integer,
    next_expiry_at = least(next_expiry_at, v_freed_at)
  WHERE id = r.account_id RETURNING * INTO v_account;
  IF v_freed_at <= v_now THEN PERFORM ledger_expire_account(r.account_id, v_now); END IF;
  IF v_account.debt > 0 AND v_account.balance > v_account.held THEN PERFORM ledger_repay(r.account_id, v_now); END IF;
  IF v_freed_at <= v_now OR v_account.debt > 0 THEN SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id; END IF;

  RETURN ledger_record_resolution(r, p_action, v_now, v_entry, v_charge, v_left, v_account.balance - v_account.held);
END
$$;

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
