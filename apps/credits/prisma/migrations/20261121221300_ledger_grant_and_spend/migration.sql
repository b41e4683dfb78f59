-- What comes in, and what is charged at once. Arguments and results are JSON objects so that `ledger_once` can record and repeat them.

-- The account of an owner, made on demand and locked. NULL where the owner was erased: a late event must not bring them back.
CREATE FUNCTION ledger_open_account(p_owner_type text, p_owner_id uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
BEGIN
  SELECT id INTO v_id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id FOR NO KEY UPDATE;
  IF FOUND THEN RETURN v_id; END IF;
  -- The same lock is taken by an erasure, so one of the two sees what the other did.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_owner_id::text, 0));
  PERFORM 1 FROM erased_owner WHERE owner_digest = sha256(p_owner_id::text::bytea);
  IF FOUND THEN RETURN NULL; END IF;
  INSERT INTO account (id, owner_type, owner_id) VALUES (ledger_new_id(), p_owner_type, p_owner_id) ON CONFLICT DO NOTHING;
  SELECT id INTO v_id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id FOR NO KEY UPDATE;
  RETURN v_id;
END
$$;

-- Grants credits once per (account, source, source_ref). Arguments: {owner_id, owner_type?, amount, source, source_ref?, transaction_type,
-- priority?, effective_at?, expires_at?, backfill?, description?, actor}. A refund comes out of revenue, everything else out of issuance.
-- A backfill may have expired already: it is granted and expires in one go, so the history shows that the period was not forgotten.
-- outcome: granted (with `created` false where the reference was granted before) | closed | erased | expired | limit
CREATE FUNCTION ledger_grant(p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account_id uuid := ledger_open_account(coalesce(p_args->>'owner_type', 'user'), (p_args->>'owner_id')::uuid);
BEGIN
  IF v_account_id IS NULL THEN RETURN jsonb_build_object('outcome', 'erased'); END IF;
  RETURN ledger_grant_to(v_account_id, p_args);
END
$$;

-- The same to an account whose row the caller has locked.
CREATE FUNCTION ledger_grant_to(v_account_id uuid, p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  INSERT INTO outbox (id, type, payload) VALUES (ledger_new_id(), 'credits.granted',
    jsonb_build_object('account_id', v_account_id, 'grant_id', v_id, 'amount_micro', v_amount::text, 'transaction_type', v_type));
  IF v_account.next_expiry_at <= v_now THEN PERFORM ledger_expire_account(v_account_id, v_now); END IF;
  IF v_account.debt > 0 THEN PERFORM ledger_repay(v_account_id, v_now); END IF;
  SELECT * INTO STRICT v_account FROM account WHERE id = v_account_id;
  RETURN jsonb_build_object('outcome', 'granted', 'created', true, 'grant_id', v_id, 'granted', v_amount::text,
    'available', (v_account.balance - v_account.held)::text);
END
$$;

-- Charges at once, without a hold. Arguments: {owner_id, owner_type?, amount, transaction_type, description?, actor}.
-- outcome: spent | insufficient | closed
CREATE FUNCTION ledger_spend(p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_amount bigint := (p_args->>'amount')::bigint;
  v_owner_type text := coalesce(p_args->>'owner_type', 'user');
  v_owner_id uuid := (p_args->>'owner_id')::uuid;
  v_entry uuid := ledger_new_id();
  v_now timestamptz;
  v_taken bigint;
BEGIN
  FOR v_try IN 1 .. 2 LOOP
    -- The gate.
    UPDATE account SET balance = balance - v_amount, spent = spent + v_amount, entries = entries + 1
     WHERE owner_type = v_owner_type AND owner_id = v_owner_id AND status = 'open' AND debt = 0 AND balance - held >= v_amount
       AND (next_expiry_at IS NULL OR next_expiry_at > ledger_now())
    RETURNING * INTO v_account;
    EXIT WHEN FOUND;
    SELECT * INTO v_account FROM account WHERE owner_type = v_owner_type AND owner_id = v_owner_id;
    IF v_account.status = 'closed' THEN RETURN jsonb_build_object('outcome', 'closed'); END IF;
    IF v_account.next_expiry_at IS NULL OR v_account.next_expiry_at > ledger_now() THEN
      RETURN jsonb_build_object('outcome', 'insufficient', 'available', coalesce(v_account.balance - v_account.held, 0)::text);
    END IF;
    PERFORM 1 FROM account WHERE id = v_account.id FOR NO KEY UPDATE;
    PERFORM ledger_expire_account(v_account.id, ledger_now());
    v_account := NULL;
  END LOOP;
  v_now := ledger_now();
  WITH written AS (
    INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, actor, drawn_at, created_at)
    SELECT v_entry, n - 1, v_account.id, CASE WHEN n = 1 THEN v_account.entries END, CASE WHEN n = 1 THEN -v_amount END,
        CASE WHEN n = 1 THEN v_account.balance END, 'charge', p_args->>'transaction_type', 'wallet', 'revenue', taken, grant_id, p_args->>'actor', v_now, v_now
      FROM ledger_take(v_account.id, v_amount, v_now) WITH ORDINALITY AS t (grant_id, taken, n)
    RETURNING amount
  )
  SELECT sum(amount) INTO v_taken FROM written;
  -- A grant expired between the gate and now: undo, and let the caller's retry meet the account as it is then.
  IF v_taken IS DISTINCT FROM v_amount THEN RAISE EXCEPTION 'free grants do not cover the charge' USING ERRCODE = 'serialization_failure'; END IF;
  IF p_args->>'description' <> '' THEN
    INSERT INTO entry_note (entry_id, account_id, description) VALUES (v_entry, v_account.id, p_args->>'description');
  END IF;
  RETURN jsonb_build_object('outcome', 'spent', 'transaction_id', v_entry, 'available', (v_account.balance - v_account.held)::text);
END
$$;

-- What an owner can spend now, and what came in and went out. Reads only: what has expired but was not swept yet is left out.
CREATE FUNCTION ledger_balance(p_owner_type text, p_owner_id uuid)
RETURNS TABLE (account_id uuid, status text, available bigint, held bigint, debt bigint, earned bigint, spent bigint, entries bigint)
LANGUAGE sql STABLE AS $$
  SELECT a.id, a.status,
      CASE WHEN a.debt > 0 THEN 0 ELSE a.balance - a.held - coalesce((
        SELECT sum(g.remaining - g.held) FROM "grant" g
         WHERE a.next_expiry_at <= ledger_now() AND g.account_id = a.id AND NOT g.exhausted AND g.expires_at <= ledger_now()), 0)::bigint END,
      a.held, a.debt, a.earned, a.spent, a.entries
    FROM account a WHERE a.owner_type = p_owner_type AND a.owner_id = p_owner_id
$$;
