-- Reserves a batch, in one round trip. Items: {id, owner_type, owner_id, amount | operation, transaction_type?, ttl_ms, request_hash, actor}.
-- Returns one result per item with its `ord`: reserved | gone | conflict | closed | insufficient | operation_unknown. Ids within a batch differ.
-- Arrays make each plan look cheaper than the kept one, so that every statement in here would be planned anew each time.
CREATE OR REPLACE FUNCTION ledger_reserve(p_items jsonb) RETURNS jsonb LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan AS $$
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
    SELECT (SELECT a.id FROM account a WHERE a.owner_type = i.item->>'owner_type' AND a.owner_id = (i.item->>'owner_id')::uuid) AS account_id,
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
