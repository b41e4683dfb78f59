-- All holds that one batch asks of one account: one gate, one update of the account. The caller has to write the rows `holds`, and what was
-- `drawn` on each of `grants`: nobody else draws on them while the account is locked. With `p_some_known`, ids of the batch may already be taken.
CREATE OR REPLACE FUNCTION ledger_reserve_for_account(
  p_account_id uuid, p_items reserve_item[], p_some_known boolean, OUT answers jsonb[], OUT holds reservation[],
  OUT grants uuid[], OUT drawn bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_known reservation%ROWTYPE;
  v_item reserve_item;
  v_wanted reserve_item[] := '{}';
  v_accepted reserve_item[] := '{}';
  v_total bigint := 0;
  v_least bigint;
  v_available bigint;
  v_now timestamptz;
  v_free record;
  v_need bigint;
  v_take bigint;
  v_much bigint[];
  v_at integer := 1;
  v_hold reservation%ROWTYPE;
  v_draw_grants uuid[];
  v_draw_amounts bigint[];
BEGIN
  answers := '{}';
  holds := '{}';
  grants := '{}';
  drawn := '{}';
  FOREACH v_item IN ARRAY p_items LOOP
    IF p_some_known THEN SELECT * INTO v_known FROM reservation WHERE id = v_item.id; END IF;
    IF p_some_known AND FOUND THEN
      answers := answers || ledger_reserve_again(v_known, p_account_id, v_item);
    ELSIF v_item.amount IS NULL THEN
      answers := answers || jsonb_build_object('ord', v_item.ord, 'outcome', 'operation_unknown');
    ELSE
      v_wanted := v_wanted || v_item;
      v_total := v_total + v_item.amount;
      v_least := least(v_least, v_item.amount);
    END IF;
  END LOOP;
  IF cardinality(v_wanted) = 0 THEN RETURN; END IF;

  -- The gate. It writes only where all of it fits.
  UPDATE account SET held = held + v_total
   WHERE id = p_account_id AND status = 'open' AND debt = 0 AND balance - held >= v_total
     AND (next_expiry_at IS NULL OR next_expiry_at > ledger_now())
  RETURNING * INTO v_account;
  IF FOUND THEN
    v_accepted := v_wanted;
  ELSE
    -- Read without locking: a plain refusal shall cost nobody anything.
    SELECT * INTO v_account FROM account WHERE id = p_account_id;
    IF v_account.status = 'open' AND (v_account.next_expiry_at <= ledger_now() OR (v_account.debt = 0 AND v_account.balance - v_account.held >= v_least)) THEN
      SELECT * INTO v_account FROM account WHERE id = p_account_id FOR NO KEY UPDATE;
      v_now := ledger_now();
      IF v_account.next_expiry_at <= v_now THEN
        PERFORM ledger_expire_account(p_account_id, v_now);
        SELECT * INTO v_account FROM account WHERE id = p_account_id;
      END IF;
    END IF;
    v_available := CASE WHEN v_account.id IS NULL OR v_account.debt > 0 THEN 0 ELSE v_account.balance - v_account.held END;
    v_total := 0;
    FOREACH v_item IN ARRAY v_wanted LOOP
      -- While we waited for the account, a twin of this request may have been answered.
      SELECT * INTO v_known FROM reservation WHERE id = v_item.id;
      IF FOUND THEN
        answers := answers || ledger_reserve_again(v_known, p_account_id, v_item);
      ELSIF v_account.status = 'closed' THEN
        answers := answers || jsonb_build_object('ord', v_item.ord, 'outcome', 'closed');
      ELSIF v_account.id IS NULL OR (v_item.amount > 0 AND (v_now IS NULL OR v_available - v_total < v_item.amount)) THEN
        answers := answers || jsonb_build_object('ord', v_item.ord, 'outcome', 'insufficient', 'amount', v_item.amount::text, 'available', (v_available - v_total)::text);
      ELSE
        v_accepted := v_accepted || v_item;
        v_total := v_total + v_item.amount;
      END IF;
    END LOOP;
    IF cardinality(v_accepted) = 0 THEN RETURN; END IF;
    UPDATE account SET held = held + v_total WHERE id = p_account_id AND balance - held >= v_total RETURNING * INTO STRICT v_account;
  END IF;

  v_now := ledger_now();
  v_need := v_total;
  FOR v_free IN
    SELECT id, remaining - held AS free FROM "grant"
     WHERE v_total > 0 AND account_id = p_account_id AND NOT exhausted AND remaining > held AND (expires_at IS NULL OR expires_at > v_now)
     ORDER BY priority, expires_at, id
  LOOP
    v_take := least(v_need, v_free.free);
    grants := grants || v_free.id;
    drawn := drawn || v_take;
    v_need := v_need - v_take;
    EXIT WHEN v_need = 0;
  END LOOP;
  -- A grant expired between the gate and now: undo, and let the caller's retry meet the account as it is then.
  IF v_need > 0 THEN RAISE EXCEPTION 'free grants do not cover the hold' USING ERRCODE = 'serialization_failure'; END IF;

  v_much := drawn;
  v_available := v_account.balance - v_account.held + v_total;
  FOREACH v_item IN ARRAY v_accepted LOOP
    v_draw_grants := '{}';
    v_draw_amounts := '{}';
    v_need := v_item.amount;
    WHILE v_need > 0 LOOP
      v_take := least(v_need, v_much[v_at]);
      v_draw_grants := v_draw_grants || grants[v_at];
      v_draw_amounts := v_draw_amounts || v_take;
      v_need := v_need - v_take;
      v_much[v_at] := v_much[v_at] - v_take;
      IF v_much[v_at] = 0 THEN v_at := v_at + 1; END IF;
    END LOOP;
    v_available := v_available - v_item.amount;
    v_hold := NULL;
    v_hold.id := v_item.id;
    v_hold.account_id := p_account_id;
    v_hold.amount := v_item.amount;
    v_hold.transaction_type := v_item.transaction_type;
    v_hold.operation := v_item.operation;
    v_hold.price_version := v_item.price_version;
    v_hold.draw_grants := v_draw_grants;
    v_hold.draw_amounts := v_draw_amounts;
    v_hold.request_hash := v_item.request_hash;
    v_hold.actor := v_item.actor;
    v_hold.available_after := v_available;
    v_hold.created_at := v_now;
    v_hold.expires_at := v_now + v_item.ttl;
    holds := holds || v_hold;
    answers := answers || jsonb_build_object('ord', v_item.ord, 'outcome', 'reserved', 'id', v_item.id, 'amount', v_item.amount::text,
      'available', v_available::text, 'expires_at', v_now + v_item.ttl, 'price_version', v_item.price_version);
  END LOOP;
END
$$;
