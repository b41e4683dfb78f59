-- Nothing that runs at start or on a schedule takes the longer in one statement the more rows there are.

-- A plan that the configuration no longer names is marked so, rather than a million allowances at once: each ends when it is next due.
ALTER TABLE plan ADD COLUMN withdrawn_at timestamptz;

CREATE OR REPLACE FUNCTION ledger_load_plans(p_items jsonb) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO plan (id, amount, period, lifetime_periods, priority)
  SELECT id, amount, period, lifetime_periods, priority
    FROM jsonb_to_recordset(p_items) AS i (id text, amount bigint, period text, lifetime_periods integer, priority smallint)
   ORDER BY id
  ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, period = excluded.period, lifetime_periods = excluded.lifetime_periods,
    priority = excluded.priority, withdrawn_at = NULL;
  UPDATE plan SET withdrawn_at = ledger_now()
   WHERE withdrawn_at IS NULL AND id NOT IN (SELECT i->>'id' FROM jsonb_array_elements(p_items) AS i);
$$;

-- Grants every period of one allowance (row locked) that has begun, at most p_periods_max of them. An account that was closed ends it, and so
-- does a plan that was withdrawn.
CREATE OR REPLACE FUNCTION ledger_renew_one(p_account_id uuid, p_plan text, p_periods_max integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_allowance allowance%ROWTYPE;
  v_plan plan%ROWTYPE;
  v_now timestamptz;
  v_result jsonb;
  v_granted integer := 0;
BEGIN
  SELECT * INTO STRICT v_allowance FROM allowance WHERE account_id = p_account_id AND plan = p_plan;
  SELECT * INTO STRICT v_plan FROM plan WHERE id = p_plan;
  PERFORM 1 FROM account WHERE id = p_account_id FOR NO KEY UPDATE;
  v_now := ledger_now();
  IF v_plan.withdrawn_at IS NOT NULL THEN v_allowance.ended_at := coalesce(v_allowance.ended_at, v_now); END IF;
  WHILE v_allowance.ended_at IS NULL AND v_allowance.next_due_at <= v_now AND v_granted < p_periods_max LOOP
    v_result := ledger_grant_to(p_account_id, jsonb_build_object(
      'amount', v_plan.amount::text, 'source', 'plan:' || v_plan.id, 'source_ref', to_char(v_allowance.next_due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'transaction_type', 'subscription_grant', 'priority', v_plan.priority, 'effective_at', v_allowance.next_due_at,
      'expires_at', ledger_period_start(v_allowance.anchor_at, v_plan.period, v_allowance.next_period + v_plan.lifetime_periods),
      'backfill', true, 'actor', 'system:allowance'));
    IF v_result->>'outcome' <> 'granted' THEN
      v_allowance.ended_at := v_now;
    ELSE
      v_granted := v_granted + (v_result->>'created')::boolean::integer;
      v_allowance.next_period := v_allowance.next_period + 1;
      v_allowance.next_due_at := ledger_period_start(v_allowance.anchor_at, v_plan.period, v_allowance.next_period);
    END IF;
  END LOOP;
  UPDATE allowance SET next_period = v_allowance.next_period, next_due_at = v_allowance.next_due_at, ended_at = v_allowance.ended_at
   WHERE account_id = p_account_id AND plan = p_plan;
  RETURN v_granted;
END
$$;

-- Puts an owner on a plan and grants what has begun. An owner who is on it already stays as they are. One who left comes back to the old
-- anchor, from the next period on: leaving and returning yields nothing twice.
-- outcome: active | unknown_plan | erased | closed
CREATE OR REPLACE FUNCTION ledger_start_allowance(p_owner_id uuid, p_plan text, p_anchor_at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_plan plan%ROWTYPE;
  v_account_id uuid;
  v_allowance allowance%ROWTYPE;
  v_now timestamptz := ledger_now();
BEGIN
  SELECT * INTO v_plan FROM plan WHERE id = p_plan AND withdrawn_at IS NULL;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'unknown_plan'); END IF;
  SELECT id INTO v_account_id FROM account WHERE owner_type = 'user' AND owner_id = p_owner_id;
  IF NOT FOUND THEN v_account_id := ledger_open_account('user', p_owner_id); END IF;
  IF v_account_id IS NULL THEN RETURN jsonb_build_object('outcome', 'erased'); END IF;
  IF (SELECT status FROM account WHERE id = v_account_id) = 'closed' THEN RETURN jsonb_build_object('outcome', 'closed'); END IF;
  INSERT INTO allowance (account_id, plan, anchor_at, next_due_at)
  VALUES (v_account_id, p_plan, coalesce(p_anchor_at, v_now), coalesce(p_anchor_at, v_now)) ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT v_allowance FROM allowance WHERE account_id = v_account_id AND plan = p_plan FOR NO KEY UPDATE;
  IF v_allowance.ended_at IS NOT NULL THEN
    WHILE v_allowance.next_due_at <= v_now LOOP
      v_allowance.next_period := v_allowance.next_period + 1;
      v_allowance.next_due_at := ledger_period_start(v_allowance.anchor_at, v_plan.period, v_allowance.next_period);
    END LOOP;
    UPDATE allowance SET ended_at = NULL, next_period = v_allowance.next_period, next_due_at = v_allowance.next_due_at
     WHERE account_id = v_account_id AND plan = p_plan;
  END IF;
  PERFORM ledger_renew_one(v_account_id, p_plan, 120);
  SELECT * INTO STRICT v_allowance FROM allowance WHERE account_id = v_account_id AND plan = p_plan;
  IF v_allowance.ended_at IS NOT NULL THEN RETURN jsonb_build_object('outcome', 'closed'); END IF;
  RETURN jsonb_build_object('outcome', 'active', 'plan', p_plan, 'anchor_at', v_allowance.anchor_at, 'next_due_at', v_allowance.next_due_at);
END
$$;

-- The service removes old answers and events as every service does. Skipping a row that is in use takes the right to lock it.
DROP FUNCTION ledger_forget(interval, interval, integer);
GRANT UPDATE ON idempotency TO turnpike_credits_service;
