-- Notes what was charged for a call, in micro-credits, in place of what it holds; safe to repeat, and to correct later. Once it is `p_final`, the ledger is
-- not asked for it any more. Returns whether there is such a hold.
CREATE OR REPLACE FUNCTION llm_end_spend(p_id uuid, p_charged bigint, p_final boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_hold key_hold%ROWTYPE;
  v_more bigint;
BEGIN
  SELECT * INTO v_hold FROM key_hold WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  v_more := p_charged - coalesce(v_hold.charged, 0);
  UPDATE key_hold SET charged = p_charged, check_at = CASE WHEN NOT p_final THEN check_at END WHERE id = p_id;
  UPDATE key_budget b SET spent = b.spent + v_more, held = b.held - CASE WHEN v_hold.charged IS NULL THEN v_hold.amount ELSE 0 END
   WHERE b.key_id = v_hold.key_id;
  IF v_more <> 0 THEN
    INSERT INTO key_spend AS s (key_id, day, spent) VALUES (v_hold.key_id, (now() AT TIME ZONE 'UTC')::date, v_more)
    ON CONFLICT (key_id, day) DO UPDATE SET spent = s.spent + excluded.spent;
  END IF;
  RETURN true;
END
$$;
