-- Holding credits. Lock order everywhere: reservation → account → grant; several accounts in the order of their ids.

-- Moves what has expired (or was voided) and is not held out of an account whose row the caller has locked, one entry per grant.
CREATE FUNCTION ledger_expire_account(p_account_id uuid, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
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
  IF v_total > 0 THEN
    INSERT INTO outbox (id, type, payload)
    VALUES (ledger_new_id(), 'credits.expired', jsonb_build_object('account_id', p_account_id, 'amount_micro', v_total::text));
  END IF;
  RETURN v_total;
END
$$;

-- A request for a hold, priced. `amount` is NULL where the operation has no price.
CREATE TYPE reserve_item AS (
  ord integer, id uuid, amount bigint, operation text, price_version integer, transaction_type text, ttl interval, request_hash bytea, actor text
);

-- What a reserve is answered when its id is already known.
CREATE FUNCTION ledger_reserve_again(p_known reservation, p_account_id uuid, p_item reserve_item) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_known.account_id IS NULL THEN jsonb_build_object('ord', p_item.ord, 'outcome', 'gone')
    WHEN p_known.account_id IS DISTINCT FROM p_account_id OR p_known.request_hash IS DISTINCT FROM p_item.request_hash
      THEN jsonb_build_object('ord', p_item.ord, 'outcome', 'conflict')
    WHEN p_known.state = 'released' THEN jsonb_build_object('ord', p_item.ord, 'outcome', 'gone')
    ELSE jsonb_build_object('ord', p_item.ord, 'outcome', 'reserved', 'replayed', true, 'id', p_known.id,
      'amount', p_known.amount::text, 'available', p_known.available_after::text, 'expires_at', p_known.expires_at)
  END
$$;

-- All holds that one batch asks of one account: one gate, one update of the account, one of each grant.
CREATE FUNCTION ledger_reserve_for_account(p_account_id uuid, p_items reserve_item[]) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
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
  v_from uuid[] := '{}';
  v_much bigint[] := '{}';
  v_at integer := 1;
  v_draw_grants uuid[];
  v_draw_amounts bigint[];
BEGIN
  FOREACH v_item IN ARRAY p_items LOOP
    SELECT * INTO v_known FROM reservation WHERE id = v_item.id;
    IF FOUND THEN
      RETURN NEXT ledger_reserve_again(v_known, p_account_id, v_item);
    ELSIF v_item.amount IS NULL THEN
      RETURN NEXT jsonb_build_object('ord', v_item.ord, 'outcome', 'operation_unknown');
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
        RETURN NEXT ledger_reserve_again(v_known, p_account_id, v_item);
      ELSIF v_account.status = 'closed' THEN
        RETURN NEXT jsonb_build_object('ord', v_item.ord, 'outcome', 'closed');
      ELSIF v_now IS NULL OR v_available - v_total < v_item.amount THEN
        RETURN NEXT jsonb_build_object('ord', v_item.ord, 'outcome', 'insufficient', 'amount', v_item.amount::text, 'available', (v_available - v_total)::text);
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
    UPDATE "grant" SET held = held + v_take WHERE id = v_free.id;
    v_from := v_from || v_free.id;
    v_much := v_much || v_take;
    v_need := v_need - v_take;
    EXIT WHEN v_need = 0;
  END LOOP;
  -- A grant expired between the gate and now: undo, and let the caller's retry meet the account as it is then.
  IF v_need > 0 THEN RAISE EXCEPTION 'free grants do not cover the hold' USING ERRCODE = 'serialization_failure'; END IF;

  v_available := v_account.balance - v_account.held + v_total;
  FOREACH v_item IN ARRAY v_accepted LOOP
    v_draw_grants := '{}';
    v_draw_amounts := '{}';
    v_need := v_item.amount;
    WHILE v_need > 0 LOOP
      v_take := least(v_need, v_much[v_at]);
      v_draw_grants := v_draw_grants || v_from[v_at];
      v_draw_amounts := v_draw_amounts || v_take;
      v_need := v_need - v_take;
      v_much[v_at] := v_much[v_at] - v_take;
      IF v_much[v_at] = 0 THEN v_at := v_at + 1; END IF;
    END LOOP;
    v_available := v_available - v_item.amount;
    INSERT INTO reservation (id, account_id, amount, state, transaction_type, operation, price_version, draw_grants, draw_amounts,
      request_hash, actor, available_after, created_at, expires_at)
    VALUES (v_item.id, p_account_id, v_item.amount, 'open', v_item.transaction_type, v_item.operation, v_item.price_version,
      v_draw_grants, v_draw_amounts, v_item.request_hash, v_item.actor, v_available, v_now, v_now + v_item.ttl)
    ON CONFLICT (id) DO NOTHING;
    -- The same id was taken through another account, or released, while we worked: undo; the retry will see it.
    IF NOT FOUND THEN RAISE EXCEPTION 'reservation id taken meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
    RETURN NEXT jsonb_build_object('ord', v_item.ord, 'outcome', 'reserved', 'id', v_item.id, 'amount', v_item.amount::text,
      'available', v_available::text, 'expires_at', v_now + v_item.ttl);
  END LOOP;
END
$$;

-- The price in force; NULL for an operation that is unknown or retired.
CREATE FUNCTION ledger_price(p_operation text) RETURNS price LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_newest price%ROWTYPE;
BEGIN
  SELECT * INTO v_newest FROM price WHERE operation = p_operation ORDER BY version DESC LIMIT 1;
  IF v_newest.retired THEN RETURN NULL; END IF;
  RETURN v_newest;
END
$$;

-- Reserves a batch, in one round trip. Items: {id, owner_id, owner_type?, amount | operation, transaction_type?, ttl_ms, request_hash, actor}.
-- Gives one result per item with its `ord`: reserved | gone | conflict | closed | insufficient | operation_unknown. Ids within a batch differ.
CREATE FUNCTION ledger_reserve(p_items jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_group record;
  v_results jsonb[] := '{}';
BEGIN
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
    v_results := v_results || ARRAY(SELECT ledger_reserve_for_account(v_group.account_id, v_group.items));
  END LOOP;
  RETURN to_jsonb(v_results);
END
$$;
