-- Takes `p_amount` micro-credits of what a key may still spend in its period, or as much as there is, if that is `p_least` at least. `taken` is null where
-- it is not: then nothing has changed. `p_id` names the hold; the ledger is asked for it after `p_check_seconds`.
CREATE OR REPLACE FUNCTION llm_hold_spend(
  p_id uuid, p_key_id uuid, p_amount bigint, p_least bigint, p_limit bigint, p_period text, p_check_seconds integer
) RETURNS TABLE (taken bigint, spent bigint, held bigint) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO key_budget AS b (key_id) VALUES (p_key_id) ON CONFLICT (key_id) DO UPDATE SET key_id = excluded.key_id RETURNING b.held INTO held;
  -- Under the lock of that row: whoever ends a hold meanwhile waits for this.
  spent := llm_spent_since(p_key_id, p_period);
  taken := least(p_amount, p_limit - spent - held);
  IF taken < p_least OR taken < 0 THEN
    taken := NULL;
  ELSE
    INSERT INTO key_hold (id, key_id, amount, check_at) VALUES (p_id, p_key_id, taken, now() + make_interval(secs => p_check_seconds));
    UPDATE key_budget b SET held = b.held + taken, used_on = (now() AT TIME ZONE 'UTC')::date, total = p_period = 'total' WHERE b.key_id = p_key_id;
  END IF;
  RETURN NEXT;
END
$$;
