-- Batches write their rows together, whichever accounts they are of: PostgreSQL reads a table's checks anew for every statement that writes to
-- it, which cost more than the writing. What is decided is as before. Lock order everywhere: reservation → account → grant → reservations that are
-- new, several of a kind in the order of their ids. New ones come last, so that a reserve and a release of one id that cross, each in a batch,
-- wait for each other only when nothing else is left to wait for.

DROP FUNCTION ledger_reserve_for_account(uuid, reserve_item[]);

-- All holds that one batch asks of one account: one gate, one update of the account. The caller has to write the rows `holds`, and what was
-- `drawn` on each of `grants`: nobody else draws on them while the account is locked. With `p_some_known`, ids of the batch may already be taken.
CREATE FUNCTION ledger_reserve_for_account(
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
  IF v_total = 0 THEN RETURN; END IF;

  -- The gate. It writes only where all of it fits.
  UPDATE account SET held = held + v_total
   WHERE id = p_account_id AND status = 'open' AND debt = 0 AND balance - held >= v_total
     AND (next_expiry_at IS NULL OR next_expiry_at > ledger_now())
  RETURNING * INTO v_account;
  IF FOUND THEN
    v_accepted := v_wanted;
  ELSE
    -- Look without locking: a plain refusal shall cost nobody anything.
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
      ELSIF v_now IS NULL OR v_available - v_total < v_item.amount THEN
        answers := answers || jsonb_build_object('ord', v_item.ord, 'outcome', 'insufficient', 'amount', v_item.amount::text, 'available', (v_available - v_total)::text);
      ELSE
        v_accepted := v_accepted || v_item;
        v_total := v_total + v_item.amount;
      END IF;
    END LOOP;
    IF v_total = 0 THEN RETURN; END IF;
    UPDATE account SET held = held + v_total WHERE id = p_account_id AND balance - held >= v_total RETURNING * INTO STRICT v_account;
  END IF;

  v_now := ledger_now();
  v_need := v_total;
  FOR v_free IN
    SELECT id, remaining - held AS free FROM "grant"
     WHERE account_id = p_account_id AND NOT exhausted AND remaining > held AND (expires_at IS NULL OR expires_at > v_now)
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
      'available', v_available::text, 'expires_at', v_now + v_item.ttl);
  END LOOP;
END
$$;

-- Reserves a batch, in one round trip. Items: {id, owner_id, owner_type?, amount | operation, transaction_type?, ttl_ms, request_hash, actor}.
-- Gives one result per item with its `ord`: reserved | gone | conflict | closed | insufficient | operation_unknown. Ids within a batch differ.
CREATE OR REPLACE FUNCTION ledger_reserve(p_items jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_group record;
  v_results jsonb[] := '{}';
  v_holds reservation[] := '{}';
  v_grants uuid[] := '{}';
  v_drawn bigint[] := '{}';
  v_answered record;
  v_ids uuid[] := ARRAY(SELECT (item->>'id')::uuid FROM jsonb_array_elements(p_items) AS e (item));
  v_some_known boolean;
  v_written bigint;
BEGIN
  v_some_known := EXISTS (SELECT FROM reservation WHERE id = ANY (v_ids));
  FOR v_group IN
    -- Look-ups as scalar subqueries: always by index, whatever the planner guesses of the batch.
    SELECT (SELECT a.id FROM account a WHERE a.owner_type = coalesce(i.item->>'owner_type', 'user') AND a.owner_id = (i.item->>'owner_id')::uuid) AS account_id,
        array_agg(ROW(i.ordinality, (i.item->>'id')::uuid, coalesce((i.item->>'amount')::bigint, (i.price).cost), i.item->>'operation', (i.price).version,
          coalesce((i.price).transaction_type, i.item->>'transaction_type', 'generation'), make_interval(secs => (i.item->>'ttl_ms')::numeric / 1000),
          decode(i.item->>'request_hash', 'hex'), i.item->>'actor')::reserve_item ORDER BY i.ordinality) AS items
      FROM (
        SELECT item, ordinality, CASE WHEN item ? 'operation' THEN ledger_price(item->>'operation') END AS price
          FROM jsonb_array_elements(p_items) WITH ORDINALITY AS e (item) OFFSET 0
      ) i
     GROUP BY 1 ORDER BY 1
  LOOP
    v_answered := ledger_reserve_for_account(v_group.account_id, v_group.items, v_some_known);
    v_results := v_results || v_answered.answers;
    v_holds := v_holds || v_answered.holds;
    v_grants := v_grants || v_answered.grants;
    v_drawn := v_drawn || v_answered.drawn;
  END LOOP;
  IF cardinality(v_holds) > 0 THEN
    UPDATE "grant" g SET held = g.held + (SELECT d.drawn FROM unnest(v_grants, v_drawn) AS d (id, drawn) WHERE d.id = g.id)
     WHERE g.id = ANY (v_grants);
    INSERT INTO reservation (id, account_id, amount, state, transaction_type, operation, price_version, draw_grants, draw_amounts,
      request_hash, actor, available_after, created_at, expires_at)
    SELECT id, account_id, amount, 'open', transaction_type, operation, price_version, draw_grants, draw_amounts,
      request_hash, actor, available_after, created_at, expires_at
      FROM unnest(v_holds) ORDER BY id
    ON CONFLICT (id) DO NOTHING;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    -- An id was taken, through another account or by a release, while we worked: undo; the retry will see it.
    IF v_written < cardinality(v_holds) THEN RAISE EXCEPTION 'reservation id taken meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
  END IF;
  RETURN to_jsonb(v_results);
END
$$;

-- What a batch writes of a reservation that it resolved the ordinary way.
CREATE TYPE resolution AS (id uuid, state text, ended_by text, ended_at timestamptz, charged bigint, entry_id uuid, available bigint);

-- Writes the sums that a batch has gathered for accounts and their grants, whose rows it has locked. Subqueries rather than joins: always by
-- index, whatever the planner guesses of the batch.
CREATE FUNCTION ledger_write_sums(p_accounts account[], p_grants uuid[], p_used bigint[], p_drawn bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_ids uuid[] := ARRAY(SELECT id FROM unnest(p_accounts));
BEGIN
  IF cardinality(p_grants) > 0 THEN
    UPDATE "grant" g SET (remaining, held, exhausted) = (
        SELECT g.remaining - d.used, g.held - d.drawn, g.remaining = d.used FROM unnest(p_grants, p_used, p_drawn) AS d (id, used, drawn) WHERE d.id = g.id)
     WHERE g.id = ANY (p_grants);
  END IF;
  IF cardinality(v_ids) > 0 THEN
    UPDATE account a SET (balance, held, spent, entries, next_expiry_at) = (
        SELECT s.balance, s.held, s.spent, s.entries, s.next_expiry_at FROM unnest(p_accounts) s WHERE s.id = a.id)
     WHERE a.id = ANY (v_ids);
  END IF;
END
$$;

-- Writes the ends of the reservations that a batch resolved the ordinary way, and what they were charged.
CREATE FUNCTION ledger_write_resolutions(p_resolutions resolution[], p_charges transfer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_ids uuid[] := ARRAY(SELECT id FROM unnest(p_resolutions));
  v_written bigint;
BEGIN
  IF cardinality(v_ids) = 0 THEN RETURN; END IF;
  UPDATE reservation r SET (state, ended_by, ended_at, settled_at, settled_amount, entry_id, resolved_available) = (
      SELECT d.state, d.ended_by, d.ended_at, CASE WHEN d.state = 'settled' THEN d.ended_at END, d.charged, d.entry_id, d.available
        FROM unnest(p_resolutions) d WHERE d.id = r.id)
   WHERE r.id = ANY (v_ids) AND r.state = 'open';
  GET DIAGNOSTICS v_written = ROW_COUNT;
  IF v_written < cardinality(v_ids) THEN RAISE EXCEPTION 'reservation was resolved meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
  INSERT INTO transfer SELECT * FROM unnest(p_charges);
END
$$;

-- Resolves a batch of reservations in one round trip. Items: {id, action, owner_id?, amount?, actor}; ids within a batch differ.
-- Gives one result per item with its `ord`: settled | released | expired | already_settled | already_released | already_expired | not_due |
-- not_found. A release of an unknown id leaves a tombstone. With `owner_id`, another owner's reservation is not found.
CREATE OR REPLACE FUNCTION ledger_resolve(p_items jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  v_charge bigint;
  v_left bigint;
  v_used bigint;
  v_entry uuid;
  v_freed_at timestamptz;
  v_at integer;
  v_line transfer%ROWTYPE;
  v_charges transfer[] := '{}';
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
      WHEN v_item.owner_id IS NOT NULL AND v_account.owner_id IS DISTINCT FROM v_item.owner_id THEN jsonb_build_object('outcome', 'not_found')
      WHEN r.state <> 'open' THEN ledger_resolved(r, v_item.action)
      WHEN v_item.action = 'expire' AND r.expires_at > v_now THEN jsonb_build_object('outcome', 'not_due')
    END;
    v_charge := CASE WHEN v_item.action = 'settle' THEN coalesce(v_item.amount, r.amount) ELSE 0 END;
    v_freed_at := NULL;
    IF v_result IS NULL AND v_charge < r.amount THEN
      SELECT min(expires_at) INTO v_freed_at FROM "grant" WHERE id = ANY (r.draw_grants);
    END IF;

    IF v_result IS NULL AND r.state = 'open' AND v_charge <= r.amount AND v_account.debt = 0 AND (v_freed_at IS NULL OR v_freed_at > v_now) THEN
      -- The ordinary case: within the hold, no debt, nothing returns to an expired grant. All of it is written at the end.
      v_entry := CASE WHEN v_item.action = 'settle' THEN ledger_new_id() END;
      v_touched := true;
      v_account.entries := v_account.entries + (v_charge > 0)::integer;
      v_line := NULL;
      v_line.line := 0;
      v_line.seq := v_account.entries;
      v_line.net_amount := -v_charge;
      v_line.balance_after := v_account.balance - v_charge;
      v_left := v_charge;
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
          v_charges := v_charges || ROW(v_entry, v_line.line, r.account_id, v_line.seq, v_line.net_amount, v_line.balance_after, 'charge',
            r.transaction_type, 'wallet', 'revenue', v_used, r.draw_grants[v_draw], r.id, r.operation, r.price_version, v_item.actor, NULL,
            r.created_at, v_now)::transfer;
          v_line.line := v_line.line + 1;
          v_line.seq := NULL; v_line.net_amount := NULL; v_line.balance_after := NULL;
        END IF;
      END LOOP;
      v_account.balance := v_account.balance - v_charge;
      v_account.held := v_account.held - r.amount;
      v_account.spent := v_account.spent + v_charge;
      v_account.next_expiry_at := least(v_account.next_expiry_at, v_freed_at);
      IF v_item.action = 'settle' THEN
        v_resolutions := v_resolutions || ROW(r.id, 'settled', 'settle', v_now, v_charge, v_entry, v_account.balance - v_account.held)::resolution;
        v_result := jsonb_build_object('outcome', 'settled', 'transaction_id', v_entry, 'charged', v_charge::text, 'became_debt', '0',
          'available', (v_account.balance - v_account.held)::text);
      ELSE
        v_resolutions := v_resolutions || ROW(r.id, v_item.action || 'd', CASE v_item.action WHEN 'expire' THEN 'expiry' ELSE 'release' END, v_now, NULL,
          NULL, v_account.balance - v_account.held)::resolution;
        v_result := jsonb_build_object('outcome', v_item.action || 'd', 'released', r.amount::text,
          'available', (v_account.balance - v_account.held)::text);
      END IF;
    ELSIF v_result IS NULL THEN
      -- This looks at the rows, so they must say what the batch has done so far.
      PERFORM ledger_write_sums(CASE WHEN v_touched THEN v_accounts || v_account ELSE v_accounts END, v_grants, v_grants_used, v_grants_drawn);
      v_touched := false;
      v_accounts := '{}'; v_grants := '{}'; v_grants_used := '{}'; v_grants_drawn := '{}';
      v_result := ledger_resolve_one(r, v_item.action, v_charge, v_item.actor, v_now);
      SELECT * INTO STRICT v_account FROM account WHERE id = r.account_id;
    END IF;
    v_results := v_results || (jsonb_build_object('ord', v_item.ord) || v_result);
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

DROP FUNCTION ledger_resolve_for_account(uuid, resolve_item[]);
DROP FUNCTION ledger_write_sums(account, uuid[], bigint[], bigint[]);
