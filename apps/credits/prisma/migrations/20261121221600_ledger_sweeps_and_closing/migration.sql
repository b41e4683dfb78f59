-- What time and the end of an account do. Sweeps take bounded bites and skip what others hold, so any number of them run at once.

-- Returns holds whose time is over to their grants; gives how many. Fewer than p_limit: nothing more is due.
CREATE FUNCTION ledger_expire_holds(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_items jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_object('id', due.id, 'action', 'expire', 'actor', 'system:expiry')) INTO v_items FROM (
    SELECT id FROM reservation WHERE state = 'open' AND expires_at <= v_now ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  ) due;
  IF v_items IS NULL THEN RETURN 0; END IF;
  PERFORM ledger_resolve(v_items);
  RETURN jsonb_array_length(v_items);
END
$$;

-- Takes expired credits that are not held out of the accounts they are in; gives how many accounts. Fewer than p_limit: nothing more is due.
CREATE FUNCTION ledger_expire_grants(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_id uuid;
  v_count integer := 0;
BEGIN
  FOR v_id IN SELECT id FROM account WHERE next_expiry_at <= v_now ORDER BY next_expiry_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED LOOP
    PERFORM ledger_expire_account(v_id, v_now);
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END
$$;

-- Forgets answers kept for Idempotency-Keys, and delivered events; gives how many rows.
CREATE FUNCTION ledger_forget(p_idempotency_kept interval, p_outbox_kept interval, p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_answers integer;
  v_events integer;
BEGIN
  -- One at a time is enough, and two could wait for each other's rows.
  IF NOT pg_try_advisory_xact_lock(hashtextextended('ledger_forget', 2)) THEN RETURN 0; END IF;
  DELETE FROM idempotency WHERE (scope, key_digest) IN (
    SELECT scope, key_digest FROM idempotency WHERE created_at < v_now - p_idempotency_kept LIMIT p_limit);
  GET DIAGNOSTICS v_answers = ROW_COUNT;
  DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE delivered_at < v_now - p_outbox_kept LIMIT p_limit);
  GET DIAGNOSTICS v_events = ROW_COUNT;
  RETURN v_answers + v_events;
END
$$;
CREATE INDEX outbox_delivered_idx ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;

-- How far behind the clock each kind of due work is, in seconds.
CREATE FUNCTION ledger_lag() RETURNS TABLE (job text, seconds double precision) LANGUAGE sql VOLATILE AS $$
  SELECT job, greatest(0, coalesce(extract(epoch FROM ledger_now() - due_at), 0))::double precision FROM (VALUES
    ('expire-holds', (SELECT min(expires_at) FROM reservation WHERE state = 'open')),
    ('expire-grants', (SELECT min(next_expiry_at) FROM account WHERE next_expiry_at IS NOT NULL)),
    ('renew-allowances', (SELECT min(next_due_at) FROM allowance WHERE ended_at IS NULL)),
    ('relay-outbox', (SELECT min(created_at) FROM outbox WHERE delivered_at IS NULL))
  ) AS due (job, due_at)
$$;

-- Takes back what is left of a grant (a payment that was reversed). What is held stays held and goes back when its hold ends.
-- outcome: voided | not_found
CREATE FUNCTION ledger_void_grant(p_grant_id uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  ELSE
    v_grant.remaining := v_grant.held;
  END IF;
  RETURN jsonb_build_object('outcome', 'voided', 'voided', (v_grant.remaining - v_grant.held)::text, 'held', v_grant.held::text,
    'available', (SELECT (balance - held)::text FROM account WHERE id = v_account_id));
END
$$;

-- Forgives an owner's debt. outcome: written_off | not_found
CREATE FUNCTION ledger_write_off(p_owner_id uuid, p_actor text, p_reason text) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  END IF;
  RETURN jsonb_build_object('outcome', 'written_off', 'amount', v_account.debt::text);
END
$$;

-- Closes an owner's account: no new holds, charges or grants; open holds resolve as ever. Gives the open holds, or NULL without an account.
CREATE FUNCTION ledger_close_account(p_owner_id uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
BEGIN
  UPDATE account SET status = 'closed', closed_at = coalesce(closed_at, ledger_now()) WHERE owner_type = 'user' AND owner_id = p_owner_id
  RETURNING id INTO v_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE allowance SET ended_at = ledger_now() WHERE account_id = v_id AND ended_at IS NULL;
  RETURN (SELECT count(*) FROM reservation WHERE account_id = v_id AND state = 'open');
END
$$;

-- Forgets who an account belonged to. Amounts, grants and transfers stay, so every sum stays; what could name the person goes. Gives the
-- rows changed by table. Repeating it changes nothing.
CREATE FUNCTION ledger_erase_owner(p_owner_id uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
  v_notes integer := 0;
  v_grants integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_owner_id::text, 0));
  INSERT INTO erased_owner (owner_digest) VALUES (sha256(p_owner_id::text::bytea)) ON CONFLICT DO NOTHING;
  UPDATE account SET status = 'closed', closed_at = coalesce(closed_at, ledger_now()), owner_id = NULL, erased_at = ledger_now()
   WHERE owner_type = 'user' AND owner_id = p_owner_id RETURNING id INTO v_id;
  IF FOUND THEN
    UPDATE allowance SET ended_at = ledger_now() WHERE account_id = v_id AND ended_at IS NULL;
    DELETE FROM entry_note WHERE account_id = v_id;
    GET DIAGNOSTICS v_notes = ROW_COUNT;
    -- References are other systems' names for the person or their payments.
    UPDATE "grant" SET source_ref = 'erased:' || id WHERE account_id = v_id;
    GET DIAGNOSTICS v_grants = ROW_COUNT;
  END IF;
  RETURN jsonb_build_object('account', (v_id IS NOT NULL)::integer, 'entry_note', v_notes, 'grant', v_grants);
END
$$;

-- What the last scheduled verification found, for every process's metrics.
CREATE TABLE verification (
  invariant  text PRIMARY KEY,
  violations bigint NOT NULL CHECK (violations >= 0),
  checked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON verification TO turnpike_credits_service;
