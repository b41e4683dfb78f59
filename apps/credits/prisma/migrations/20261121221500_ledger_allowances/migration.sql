-- Recurring allowances. A scheduler may ask as often as it likes and from any number of processes: the database decides what is due, and the
-- grant's reference (plan and start of the period) lets each period be granted once.

-- Plans as the service's configuration has them; a change counts for periods that begin after it.
CREATE TABLE plan (
  id               text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
  amount           bigint NOT NULL CHECK (amount > 0),
  period           text NOT NULL CHECK (period IN ('day', 'week', 'month', 'year')),
  -- How many periods a grant lasts; NULL: it does not expire.
  lifetime_periods integer CHECK (lifetime_periods > 0),
  priority         smallint NOT NULL
);

CREATE TABLE allowance (
  account_id  uuid NOT NULL REFERENCES account (id),
  plan        text NOT NULL REFERENCES plan (id),
  -- Start of period 0. All periods are counted from it, so the 31st comes back after a February.
  anchor_at   timestamptz NOT NULL,
  next_period integer NOT NULL DEFAULT 0,
  next_due_at timestamptz NOT NULL,
  ended_at    timestamptz,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, plan)
);
CREATE INDEX allowance_due_idx ON allowance (next_due_at) WHERE ended_at IS NULL;

-- When period p_number begins, in UTC. Months and years keep the anchor's day where the month has it, else take the month's last day.
CREATE FUNCTION ledger_period_start(p_anchor timestamptz, p_period text, p_number integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT ((p_anchor AT TIME ZONE 'UTC') + CASE p_period
    WHEN 'day' THEN make_interval(days => p_number)
    WHEN 'week' THEN make_interval(weeks => p_number)
    WHEN 'month' THEN make_interval(months => p_number)
    WHEN 'year' THEN make_interval(years => p_number)
  END) AT TIME ZONE 'UTC'
$$;

-- Grants every period of one allowance (row locked) that has begun, at most p_periods_max of them. An account that was closed ends it.
CREATE FUNCTION ledger_renew_one(p_account_id uuid, p_plan text, p_periods_max integer) RETURNS integer LANGUAGE plpgsql AS $$
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

-- Renews what is due, at most p_limit allowances and p_periods_max periods of each. Others may do the same: nobody waits for a row that
-- somebody else is renewing. Gives how many allowances were looked at; fewer than p_limit means that nothing more is due.
CREATE FUNCTION ledger_renew(p_limit integer, p_periods_max integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_due record;
  v_count integer := 0;
BEGIN
  FOR v_due IN
    -- Accounts in the order of their ids, as everybody locks them.
    SELECT due.* FROM (
      SELECT account_id, plan FROM allowance WHERE ended_at IS NULL AND next_due_at <= v_now
       ORDER BY next_due_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    ) due ORDER BY account_id
  LOOP
    PERFORM ledger_renew_one(v_due.account_id, v_due.plan, p_periods_max);
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END
$$;

-- Puts an owner on a plan and grants what has begun. An owner who is on it already stays as they are. One who left comes back to the old
-- anchor, from the next period on: leaving and returning yields nothing twice.
-- outcome: active | unknown_plan | erased | closed
CREATE FUNCTION ledger_start_allowance(p_owner_id uuid, p_plan text, p_anchor_at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_plan plan%ROWTYPE;
  v_account_id uuid;
  v_allowance allowance%ROWTYPE;
  v_now timestamptz := ledger_now();
BEGIN
  SELECT * INTO v_plan FROM plan WHERE id = p_plan;
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

-- Takes an owner off a plan; what was granted stays. True if they were on it.
CREATE FUNCTION ledger_end_allowance(p_owner_id uuid, p_plan text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  WITH ended AS (
    UPDATE allowance SET ended_at = ledger_now()
     WHERE ended_at IS NULL AND plan = p_plan AND account_id = (SELECT id FROM account WHERE owner_type = 'user' AND owner_id = p_owner_id)
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM ended)
$$;

-- Takes over the plans of the configuration. A plan that it no longer names grants nothing new; what it granted stays.
CREATE FUNCTION ledger_load_plans(p_items jsonb) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO plan (id, amount, period, lifetime_periods, priority)
  SELECT id, amount, period, lifetime_periods, priority
    FROM jsonb_to_recordset(p_items) AS i (id text, amount bigint, period text, lifetime_periods integer, priority smallint)
   ORDER BY id
  ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, period = excluded.period, lifetime_periods = excluded.lifetime_periods, priority = excluded.priority;
  UPDATE allowance SET ended_at = ledger_now()
   WHERE ended_at IS NULL AND plan NOT IN (SELECT i->>'id' FROM jsonb_array_elements(p_items) AS i);
$$;

GRANT SELECT, INSERT, UPDATE ON plan, allowance TO turnpike_credits_service;
