-- Settling, releasing and expiring holds: the three ends of a reservation share one function, so one of them wins.

-- Takes up to p_amount from the free grants of a locked account, in spending order. Leaves the account row to the caller.
CREATE FUNCTION ledger_take(p_account_id uuid, p_amount bigint, p_now timestamptz)
RETURNS TABLE (grant_id uuid, taken bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_need bigint := p_amount;
  v_free record;
BEGIN
  IF v_need <= 0 THEN RETURN; END IF;
  FOR v_free IN
    SELECT g.id, g.remaining, g.held FROM "grant" g
     WHERE g.account_id = p_account_id AND NOT g.exhausted AND g.remaining > g.held AND (g.expires_at IS NULL OR g.expires_at > p_now)
     ORDER BY g.priority, g.expires_at, g.id
  LOOP
    grant_id := v_free.id;
    taken := least(v_need, v_free.remaining - v_free.held);
    UPDATE "grant" SET remaining = remaining - taken, exhausted = (remaining = taken) WHERE id = v_free.id;
    RETURN NEXT;
    v_need := v_need - taken;
    EXIT WHEN v_need = 0;
  END LOOP;
END
$$;

-- Pays debt from free credits of a locked account. It changes what the owner has by nothing, so the history does not show it.
CREATE FUNCTION ledger_repay(p_account_id uuid, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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

-- The answer for a reservation that is already resolved, or NULL where there is still something to do.
CREATE FUNCTION ledger_resolved(r reservation, p_action text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN r.state = 'settled' AND p_action = 'settle' THEN jsonb_build_object('outcome', 'settled', 'replayed', true,
      'transaction_id', r.entry_id, 'charged', r.settled_amount::text, 'available', r.resolved_available::text)
    WHEN r.state = 'settled' THEN jsonb_build_object('outcome', 'already_settled')
    WHEN r.state = 'released' AND p_action = 'release' THEN jsonb_build_object('outcome', 'released', 'replayed', true,
      'released', r.amount::text, 'available', r.resolved_available::text)
    WHEN r.state = 'released' THEN jsonb_build_object('outcome', 'already_released')
    WHEN r.state = 'expired' AND p_action = 'expire' THEN jsonb_build_object('outcome', 'already_expired')
  END
$$;

-- Writes how a reservation ended, and gives the answer.
CREATE FUNCTION ledger_record_resolution(
  r reservation, p_action text, p_now timestamptz, p_entry uuid, p_charged bigint, p_became_debt bigint, p_available bigint
) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  UPDATE reservation SET
    state = CASE p_action WHEN 'settle' THEN 'settled' WHEN 'release' THEN 'released' ELSE 'expired' END,
    ended_at = coalesce(ended_at, p_now),
    ended_by = coalesce(ended_by, CASE p_action WHEN 'expire' THEN 'expiry' ELSE p_action END),
    settled_at = CASE WHEN p_action = 'settle' THEN p_now END,
    settled_amount = CASE WHEN p_action = 'settle' THEN p_charged END,
    entry_id = p_entry,
    resolved_available = p_available
  WHERE id = r.id AND state IN ('open', 'expired');
  IF NOT FOUND THEN RAISE EXCEPTION 'reservation was resolved meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
  IF p_action = 'settle' THEN
    RETURN jsonb_build_object('outcome', 'settled', 'transaction_id', p_entry, 'charged', p_charged::text, 'became_debt', p_became_debt::text,
      'available', p_available::text);
  END IF;
  RETURN jsonb_build_object('outcome', p_action || 'd', 'released', r.amount::text, 'available', p_available::text);
END
$$;

-- Writes the sums that a batch has gathered for an account and its grants, whose rows it has locked.
CREATE FUNCTION ledger_write_sums(p_account account, p_grants uuid[], p_used bigint[], p_drawn bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(p_grants) = 0 THEN RETURN; END IF;
  FOR v_at IN 1 .. cardinality(p_grants) LOOP
    UPDATE "grant" SET remaining = remaining - p_used[v_at], held = held - p_drawn[v_at], exhausted = (remaining = p_used[v_at])
     WHERE id = p_grants[v_at];
  END LOOP;
  UPDATE account SET balance = p_account.balance, held = p_account.held, spent = p_account.spent, entries = p_account.entries,
    next_expiry_at = p_account.next_expiry_at WHERE id = p_account.id;
END
$$;

-- Resolves one reservation in every case, in the database's rows: what is charged beyond the hold, or after the hold has expired, takes free
-- grants and then makes debt; what returns to an expired grant expires; what becomes free pays debt.
CREATE FUNCTION ledger_resolve_one(r reservation, p_action text, v_charge bigint, p_actor text, v_now timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
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
      INSERT INTO outbox (id, type, payload)
      VALUES (ledger_new_id(), 'credits.debt_incurred', jsonb_build_object('account_id', r.account_id, 'amount_micro', v_left::text));
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

-- One reservation to resolve, its row locked.
CREATE TYPE resolve_item AS (ord integer, action text, owner_id uuid, amount bigint, actor text, reservation reservation);

-- All that one batch resolves of one account: one update of the account and one of each grant, where nothing special happens.
CREATE FUNCTION ledger_resolve_for_account(p_account_id uuid, p_items resolve_item[]) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_now timestamptz;
  v_item resolve_item;
  r reservation%ROWTYPE;
  v_result jsonb;
  v_charge bigint;
  v_left bigint;
  v_used bigint;
  v_entry uuid;
  v_line smallint;
  v_freed_at timestamptz;
  v_grants uuid[] := '{}';
  v_grants_used bigint[] := '{}';
  v_grants_drawn bigint[] := '{}';
  v_at integer;
BEGIN
  SELECT * INTO STRICT v_account FROM account WHERE id = p_account_id FOR NO KEY UPDATE;
  v_now := ledger_now();
  FOREACH v_item IN ARRAY p_items LOOP
    r := v_item.reservation;
    v_result := CASE
      WHEN v_item.owner_id IS NOT NULL AND v_account.owner_id IS DISTINCT FROM v_item.owner_id THEN jsonb_build_object('outcome', 'not_found')
      WHEN v_item.action = 'expire' AND r.state = 'open' AND r.expires_at > v_now THEN jsonb_build_object('outcome', 'not_due')
      ELSE ledger_resolved(r, v_item.action)
    END;
    v_charge := CASE WHEN v_item.action = 'settle' THEN coalesce(v_item.amount, r.amount) ELSE 0 END;
    v_freed_at := NULL;
    IF v_result IS NULL AND v_charge < r.amount THEN
      SELECT min(expires_at) INTO v_freed_at FROM "grant" WHERE id = ANY (r.draw_grants);
    END IF;

    IF v_result IS NULL AND r.state = 'open' AND v_charge <= r.amount AND v_account.debt = 0 AND (v_freed_at IS NULL OR v_freed_at > v_now) THEN
      -- The ordinary case: within the hold, no debt, nothing returns to an expired grant. Sums are written once, below.
      v_entry := CASE WHEN v_item.action = 'settle' THEN ledger_new_id() END;
      v_line := 0;
      v_left := v_charge;
      v_account.entries := v_account.entries + (v_charge > 0)::integer;
      FOR v_draw IN 1 .. cardinality(r.draw_grants) LOOP
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
          INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id,
            reservation_id, operation, price_version, actor, drawn_at, created_at)
          VALUES (v_entry, v_line, p_account_id, CASE WHEN v_line = 0 THEN v_account.entries END, CASE WHEN v_line = 0 THEN -v_charge END,
            CASE WHEN v_line = 0 THEN v_account.balance - v_charge END, 'charge', r.transaction_type, 'wallet', 'revenue', v_used,
            r.draw_grants[v_draw], r.id, r.operation, r.price_version, v_item.actor, r.created_at, v_now);
          v_line := v_line + 1;
        END IF;
      END LOOP;
      v_account.balance := v_account.balance - v_charge;
      v_account.held := v_account.held - r.amount;
      v_account.spent := v_account.spent + v_charge;
      v_account.next_expiry_at := least(v_account.next_expiry_at, v_freed_at);
      v_result := ledger_record_resolution(r, v_item.action, v_now, v_entry, v_charge, 0, v_account.balance - v_account.held);
    ELSIF v_result IS NULL THEN
      PERFORM ledger_write_sums(v_account, v_grants, v_grants_used, v_grants_drawn);
      v_grants := '{}'; v_grants_used := '{}'; v_grants_drawn := '{}';
      v_result := ledger_resolve_one(r, v_item.action, v_charge, v_item.actor, v_now);
      SELECT * INTO STRICT v_account FROM account WHERE id = p_account_id;
    END IF;
    RETURN NEXT jsonb_build_object('ord', v_item.ord) || v_result;
  END LOOP;
  PERFORM ledger_write_sums(v_account, v_grants, v_grants_used, v_grants_drawn);
END
$$;

-- Resolves a batch of reservations in one round trip. Items: {id, action, owner_id?, amount?, actor}; ids within a batch differ.
-- Gives one result per item with its `ord`: settled | released | expired | already_settled | already_released | already_expired | not_due |
-- not_found. A release of an unknown id leaves a tombstone. With `owner_id`, another owner's reservation is not found.
CREATE FUNCTION ledger_resolve(p_items jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_item record;
  v_reservation reservation%ROWTYPE;
  v_locked resolve_item[] := '{}';
  v_results jsonb[] := '{}';
BEGIN
  -- Reservations first, in the order of their ids, one look-up each: a join would be at the mercy of the planner's guess at the batch.
  FOR v_item IN
    SELECT ordinality AS ord, (item->>'id')::uuid AS id, item->>'action' AS action, (item->>'owner_id')::uuid AS owner_id,
        (item->>'amount')::bigint AS amount, item->>'actor' AS actor
      FROM jsonb_array_elements(p_items) WITH ORDINALITY AS i (item) ORDER BY 2
  LOOP
    SELECT * INTO v_reservation FROM reservation WHERE id = v_item.id FOR NO KEY UPDATE;
    IF v_reservation.account_id IS NOT NULL THEN
      v_locked := v_locked || ROW(v_item.ord, v_item.action, v_item.owner_id, v_item.amount, v_item.actor, v_reservation)::resolve_item;
    ELSIF FOUND THEN
      v_results := v_results || (jsonb_build_object('ord', v_item.ord) || ledger_resolved(v_reservation, v_item.action));
    ELSIF v_item.action = 'release' THEN
      INSERT INTO reservation (id, amount, state, transaction_type, actor, available_after, created_at, expires_at, ended_at, ended_by, resolved_available)
      VALUES (v_item.id, 0, 'released', 'adjustment', v_item.actor, 0, ledger_now(), ledger_now(), ledger_now(), 'release', 0)
      ON CONFLICT (id) DO NOTHING;
      -- A reserve under this id came in between: the retry will find and release it.
      IF NOT FOUND THEN RAISE EXCEPTION 'reservation id taken meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
      v_results := v_results || jsonb_build_object('ord', v_item.ord, 'outcome', 'released', 'released', '0', 'available', '0', 'tombstone', true);
    ELSE
      v_results := v_results || jsonb_build_object('ord', v_item.ord, 'outcome', 'not_found');
    END IF;
  END LOOP;
  -- Then accounts, in the order of theirs.
  FOR v_item IN
    SELECT (i.reservation).account_id AS account_id, array_agg(i ORDER BY i.ord) AS items
      FROM unnest(v_locked) AS i GROUP BY 1 ORDER BY 1
  LOOP
    v_results := v_results || ARRAY(SELECT ledger_resolve_for_account(v_item.account_id, v_item.items));
  END LOOP;
  RETURN to_jsonb(v_results);
END
$$;

-- Keeps an open hold alive: it will not expire before p_ttl from now, and never later than p_life_max after it was made. Never shortens.
-- outcome: extended | resolved | not_found
CREATE FUNCTION ledger_extend(p_id uuid, p_owner_id uuid, p_ttl interval, p_life_max interval) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_expires_at timestamptz;
  v_found boolean;
BEGIN
  UPDATE reservation SET expires_at = greatest(expires_at, least(ledger_now() + p_ttl, created_at + p_life_max))
   WHERE id = p_id AND state = 'open'
     AND (p_owner_id IS NULL OR account_id = (SELECT id FROM account WHERE owner_id = p_owner_id AND owner_type = 'user'))
  RETURNING expires_at INTO v_expires_at;
  IF FOUND THEN RETURN jsonb_build_object('outcome', 'extended', 'id', p_id, 'expires_at', v_expires_at); END IF;
  SELECT true INTO v_found FROM reservation r JOIN account a ON a.id = r.account_id
   WHERE r.id = p_id AND (p_owner_id IS NULL OR a.owner_id = p_owner_id);
  RETURN jsonb_build_object('outcome', CASE WHEN v_found THEN 'resolved' ELSE 'not_found' END);
END
$$;
