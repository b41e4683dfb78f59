-- What a key has spent since its period began, in micro-credits. `p_period`: day, week (from Monday), month, all in UTC, or total.
CREATE OR REPLACE FUNCTION llm_spent_since(p_key_id uuid, p_period text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE WHEN p_period = 'total' THEN (SELECT b.spent FROM key_budget b WHERE b.key_id = p_key_id)
    ELSE (SELECT sum(s.spent) FROM key_spend s WHERE s.key_id = p_key_id AND s.day >= date_trunc(p_period, now() AT TIME ZONE 'UTC')::date) END, 0)::bigint
$$;
