-- Resolves a batch of reservations in one round trip. Items: {id, action, owner_type?, owner_id?, amount?, actor}; ids within a batch differ.
-- Returns one result per item with its `ord`: settled | released | expired | already_settled | already_released | already_expired | not_due |
-- not_found. A release of an unknown id leaves a tombstone. With `owner_id`, another owner's reservation is not found.
-- One plan for all of them: what is charged within the hold leaves the grants it was drawn on, the rest returns to them. What is charged beyond
-- it, or after the hold has expired, takes free grants and then makes debt; what returns to an expired grant expires; what becomes free pays debt.
-- Arrays make each plan look cheaper than the kept one, so that every statement in here would be planned anew each time.
CREATE OR REPLACE FUNCTION ledger_resolve(p_items jsonb) RETURNS jsonb LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_item record;
  v_reservation reservation%ROWTYPE;
  v_locked resolve_item[] := '{}';
  v_results jsonb[] := '{}';
  v_unknown uuid[] := '{}';
  v_unknown_actors text[] := '{}';
  v_written bigint;
  v_account account%ROWTYPE;
  v_now timestamptz;
  r reservation%ROWTYPE;
  v_result jsonb;
  v_hold bigint;
  v_charge bigint;
  v_left bigint;
  v_used bigint;
  v_returned uuid[];
  v_freed_at timestamptz;
  v_more record;
  v_at integer;
  v_line transfer%ROWTYPE;
  v_charges transfer[] := '{}';
  v_resolution resolution;
  v_resolutions resolution[] := '{}';
  -- Sums that are gathered here and written at the end: of v_account once it is touched, of the accounts before it, and of all their grants.
  v_touched boolean := false;
  v_accounts account[] := '{}';
  v_grants uuid[] := '{}';
  v_grants_used bigint[] := '{}';
  v_grants_drawn bigint[] := '{}';
BEGIN
  -- Reservations first, in the order of their ids, one look-up each: a join would be at the mercy of the planner's guess at the batch.
  FOR v_item IN
    SELECT ordinality AS ord, (item->>'id')::uuid AS id, item->>'action' AS action, item->>'owner_type' AS owner_type,
        (item->>'owner_id')::uuid AS owner_id, (item->>'amount')::bigint AS amount, item->>'actor' AS actor
      FROM jsonb_array_elements(p_items) WITH ORDINALITY AS i (item) ORDER BY 2
  LOOP
    SELECT * INTO v_reservation FROM reservation WHERE id = v_item.id FOR NO KEY UPDATE;
    IF v_reservation.account_id IS NOT NULL THEN
      v_locked := v_locked || ROW(v_item.ord, v_item.action, v_item.owner_type, v_item.owner_id, v_item.amount, v_item.actor, v_reservation)::resolve_item;
    ELSIF FOUND THEN
      v_results := v_results || (jsonb_build_object('ord', v_item.ord) || ledger_resolved(v_reservation, v_item.action));
    ELSIF v_item.action = 'release' THEN
      v_unknown := v_unknown || v_item.id;
      v_unknown_actors := v_unknown_actors || v_item.actor;
      v_results := v_results || jsonb_build_object('ord', v_item.ord, 'outcome', 'released', 'released', '0', 'available', '0', 'tombstone', true);
    ELSE
      v_results := v_results || jsonb_build_object('ord', v_item.ord, 'outcome', 'not_found');
    END IF;
  END LOOP;

  -- Then accounts, in the order of theirs.
  FOR v_item IN SELECT * FROM unnest(v_locked) AS i ORDER BY (i.reservation).account_id, i.ord LOOP
    r := v_item.reservation;
    IF v_account.id IS DISTINCT FROM r.account_id THEN
      IF v_touched THEN v_accounts := v_accounts || v_account; END IF;
      v_touched := false;
      SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id FOR NO KEY UPDATE;
      v_now := ledger_now();
    END IF;
    v_result := CASE
      WHEN v_item.owner_id IS NOT NULL AND (v_account.owner_id IS DISTINCT FROM v_item.owner_id OR v_account.owner_type IS DISTINCT FROM v_item.owner_type)
        THEN jsonb_build_object('outcome', 'not_found')
      WHEN r.state <> 'open' THEN ledger_resolved(r, v_item.action)
      WHEN v_item.action = 'expire' AND r.expires_at > v_now THEN jsonb_build_object('outcome', 'not_due')
    END;
    IF v_result IS NOT NULL THEN
      v_results := v_results || (jsonb_build_object('ord', v_item.ord) || v_result);
      CONTINUE;
    END IF;

    v_hold := CASE WHEN r.state = 'open' THEN r.amount ELSE 0 END;
    v_charge := CASE WHEN v_item.action = 'settle' THEN coalesce(v_item.amount, r.amount) ELSE 0 END;
    -- A charge beyond the hold takes free grants; what has expired must be out of them first. That is done in the rows, so they must say what the
    -- batch has done so far.
    IF v_charge > v_hold AND v_account.next_expiry_at <= v_now THEN
      PERFORM ledger_write_sums(CASE WHEN v_touched THEN v_accounts || v_account ELSE v_accounts END, v_grants, v_grants_used, v_grants_drawn);
      v_accounts := '{}'; v_grants := '{}'; v_grants_used := '{}'; v_grants_drawn := '{}';
      PERFORM ledger_expire_account(v_account.id, v_now);
      SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id;
    END IF;

    v_touched := true;
    v_account.entries := v_account.entries + (v_charge > 0)::integer;
    v_line := NULL;
    v_line.entry_id := CASE WHEN v_item.action = 'settle' THEN ledger_new_id() END;
    v_line.line := 0;
    v_line.account_id := r.account_id;
    v_line.seq := v_account.entries;
    v_line.net_amount := -v_charge;
    v_line.balance_after := v_account.balance - v_account.debt - v_charge;
    v_line.kind := 'charge';
    v_line.type := r.transaction_type;
    v_line.debit := 'wallet';
    v_line.credit := 'revenue';
    v_line.reservation_id := r.id;
    v_line.operation := r.operation;
    v_line.price_version := r.price_version;
    v_line.actor := v_item.actor;
    v_line.drawn_at := r.created_at;
    v_line.created_at := v_now;

    -- The hold.
    v_returned := '{}';
    v_left := least(v_charge, v_hold);
    v_account.balance := v_account.balance - v_left;
    v_account.held := v_account.held - v_hold;
    v_account.spent := v_account.spent + v_charge;
    FOR v_draw IN 1 .. CASE WHEN v_hold > 0 THEN cardinality(r.draw_grants) ELSE 0 END LOOP
      v_used := least(v_left, r.draw_amounts[v_draw]);
      v_left := v_left - v_used;
      v_at := array_position(v_grants, r.draw_grants[v_draw]);
      IF v_at IS NULL THEN
        v_grants := v_grants || r.draw_grants[v_draw];
        v_grants_used := v_grants_used || v_used;
        v_grants_drawn := v_grants_drawn || r.draw_amounts[v_draw];
      ELSE
        v_grants_used[v_at] := v_grants_used[v_at] + v_used;
        v_grants_drawn[v_at] := v_grants_drawn[v_at] + r.draw_amounts[v_draw];
      END IF;
      IF v_used > 0 THEN
        v_line.amount := v_used;
        v_line.grant_id := r.draw_grants[v_draw];
        v_charges := v_charges || v_line;
        v_line.line := v_line.line + 1;
        v_line.seq := NULL; v_line.net_amount := NULL; v_line.balance_after := NULL;
      END IF;
      IF v_used < r.draw_amounts[v_draw] THEN v_returned := v_returned || r.draw_grants[v_draw]; END IF;
    END LOOP;
    v_freed_at := NULL;
    IF cardinality(v_returned) > 0 THEN
      SELECT min(expires_at) INTO v_freed_at FROM "grant" WHERE id = ANY (v_returned);
      v_account.next_expiry_at := least(v_account.next_expiry_at, v_freed_at);
    END IF;

    -- Beyond the hold: free grants, then debt.
    v_left := greatest(v_charge - v_hold, 0);
    IF v_left > 0 THEN
      PERFORM ledger_write_sums('{}', v_grants, v_grants_used, v_grants_drawn);
      v_grants := '{}'; v_grants_used := '{}'; v_grants_drawn := '{}';
      v_line.reason := CASE WHEN r.state = 'open' THEN 'beyond_hold' ELSE 'late' END;
      v_line.drawn_at := v_now;
      FOR v_more IN SELECT * FROM ledger_take(v_account.id, v_left, v_now) LOOP
        v_line.amount := v_more.taken;
        v_line.grant_id := v_more.grant_id;
        v_charges := v_charges || v_line;
        v_line.line := v_line.line + 1;
        v_line.seq := NULL; v_line.net_amount := NULL; v_line.balance_after := NULL;
        v_account.balance := v_account.balance - v_more.taken;
        v_left := v_left - v_more.taken;
      END LOOP;
      IF v_left > 0 THEN
        v_line.debit := 'debt';
        v_line.amount := v_left;
        v_line.grant_id := NULL;
        v_charges := v_charges || v_line;
        v_account.debt := v_account.debt + v_left;
      END IF;
    END IF;

    -- What is free now may have expired, or pay debt. Both are done in the rows.
    IF v_freed_at <= v_now OR (v_account.debt > 0 AND v_account.balance > v_account.held) THEN
      PERFORM ledger_write_sums(v_accounts || v_account, v_grants, v_grants_used, v_grants_drawn);
      v_touched := false;
      v_accounts := '{}'; v_grants := '{}'; v_grants_used := '{}'; v_grants_drawn := '{}';
      IF v_freed_at <= v_now THEN PERFORM ledger_expire_account(v_account.id, v_now); END IF;
      IF v_account.debt > 0 THEN PERFORM ledger_repay(v_account.id, v_now); END IF;
      SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id;
    END IF;

    v_resolution := NULL;
    v_resolution.id := r.id;
    v_resolution.state := CASE v_item.action WHEN 'settle' THEN 'settled' ELSE v_item.action || 'd' END;
    v_resolution.ended_by := CASE v_item.action WHEN 'expire' THEN 'expiry' ELSE v_item.action END;
    v_resolution.at := v_now;
    v_resolution.entry_id := v_line.entry_id;
    v_resolution.available := v_account.balance - v_account.held;
    IF v_item.action = 'settle' THEN
      v_resolution.charged := v_charge;
      v_result := jsonb_build_object('outcome', 'settled', 'transaction_id', v_line.entry_id, 'charged', v_charge::text, 'became_debt', v_left::text);
    ELSE
      v_result := jsonb_build_object('outcome', v_resolution.state, 'released', r.amount::text);
    END IF;
    v_resolutions := v_resolutions || v_resolution;
    v_results := v_results || (jsonb_build_object('ord', v_item.ord, 'available', v_resolution.available::text) || v_result);
  END LOOP;
  PERFORM ledger_write_sums(CASE WHEN v_touched THEN v_accounts || v_account ELSE v_accounts END, v_grants, v_grants_used, v_grants_drawn);
  PERFORM ledger_write_resolutions(v_resolutions, v_charges);
  IF cardinality(v_unknown) > 0 THEN
    v_now := ledger_now();
    INSERT INTO reservation (id, amount, state, transaction_type, actor, available_after, created_at, expires_at, ended_at, ended_by, resolved_available)
    SELECT id, 0, 'released', 'adjustment', actor, 0, v_now, v_now, v_now, 'release', 0
      FROM unnest(v_unknown, v_unknown_actors) AS u (id, actor) ORDER BY id
    ON CONFLICT (id) DO NOTHING;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    -- A reserve under one of these ids came in between: the retry will find and release it.
    IF v_written < cardinality(v_unknown) THEN RAISE EXCEPTION 'reservation id taken meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
  END IF;
  RETURN to_jsonb(v_results);
END
$$;
