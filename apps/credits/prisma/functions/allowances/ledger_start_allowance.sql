-- Puts an owner on a plan that needs no payment, and grants what has begun. An owner who is on it already stays as they are. One who left comes back to the old
-- anchor, from the next period on: leaving and returning yields nothing twice.
-- outcome: active | unknown_plan | erased | closed
CREATE OR REPLACE FUNCTION ledger_start_allowance(p_owner_type text, p_owner_id uuid, p_plan text, p_anchor_at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_plan plan%ROWTYPE;
  v_account_id uuid;
  v_allowance allowance%ROWTYPE;
  v_now timestamptz := ledger_now();
BEGIN
  SELECT * INTO v_plan FROM plan WHERE id = p_plan AND withdrawn_at IS NULL;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'unknown_plan'); END IF;
  SELECT id INTO v_account_id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id;
  IF NOT FOUND THEN v_account_id := ledger_open_account(p_owner_type, p_owner_id); END IF;
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
    UPDATE allowance SET ended_at = NULL, funded_until = NULL, next_period = v_allowance.next_period, next_due_at = v_allowance.next_due_at
     WHERE account_id = v_account_id AND plan = p_plan;
  END IF;
  PERFORM ledger_renew_one(v_account_id, p_plan, 120);
  SELECT * INTO STRICT v_allowance FROM allowance WHERE account_id = v_account_id AND plan = p_plan;
  IF v_allowance.ended_at IS NOT NULL THEN RETURN jsonb_build_object('outcome', 'closed'); END IF;
  RETURN jsonb_build_object('outcome', 'active', 'plan', p_plan, 'anchor_at', v_allowance.anchor_at, 'next_due_at', v_allowance.next_due_at);
END
$$;
