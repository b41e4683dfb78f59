-- Takes over the plans of the configuration. A plan that it no longer names grants nothing new; what it granted stays. Organisations on a plan whose
-- tier or limits are others now are told of. Members that an earlier release does not know of are left as they are.
CREATE OR REPLACE FUNCTION ledger_load_plans(p_items jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_changed text[];
  v_account uuid;
BEGIN
  WITH before AS (
    SELECT id, tier, limits FROM plan
  ), loaded AS (
    INSERT INTO plan AS p (id, amount, period, lifetime_periods, priority, name, description, rank, tier, price_amount, price_currency, price_period,
      checkout, stripe_price_id, public, trial_days, features, limits)
    SELECT id, amount, period, lifetime_periods, priority, coalesce(name, id), coalesce(description, ''), coalesce(rank, 0), coalesce(tier, 'free'),
           price_amount, price_currency, price_period, coalesce(checkout, 'none'), stripe_price_id, coalesce(public, false), coalesce(trial_days, 0),
           coalesce(features, '[]'), coalesce(limits, '{}')
      FROM jsonb_to_recordset(p_items) AS i (id text, amount bigint, period text, lifetime_periods integer, priority smallint, name text,
        description text, rank integer, tier text, price_amount bigint, price_currency text, price_period text, checkout text, stripe_price_id text,
        public boolean, trial_days integer, features jsonb, limits jsonb)
     ORDER BY id
    ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, period = excluded.period, lifetime_periods = excluded.lifetime_periods,
      priority = excluded.priority, withdrawn_at = NULL, name = excluded.name, description = excluded.description, rank = excluded.rank,
      tier = excluded.tier, price_amount = excluded.price_amount, price_currency = excluded.price_currency, price_period = excluded.price_period,
      checkout = excluded.checkout, stripe_price_id = excluded.stripe_price_id, public = excluded.public, trial_days = excluded.trial_days,
      features = excluded.features, limits = excluded.limits
    RETURNING p.id, p.tier, p.limits
  )
  SELECT array_agg(l.id) INTO v_changed FROM loaded l JOIN before b ON b.id = l.id WHERE (b.tier, b.limits) IS DISTINCT FROM (l.tier, l.limits);
  UPDATE plan SET withdrawn_at = ledger_now()
   WHERE withdrawn_at IS NULL AND id NOT IN (SELECT i->>'id' FROM jsonb_array_elements(p_items) AS i);
  INSERT INTO plan_price (provider, price_id, plan)
  SELECT 'stripe', i->>'stripe_price_id', i->>'id' FROM jsonb_array_elements(p_items) AS i WHERE i->>'stripe_price_id' IS NOT NULL ORDER BY 2
  ON CONFLICT (provider, price_id) DO UPDATE SET plan = excluded.plan;
  INSERT INTO plan_price (provider, price_id, plan)
  SELECT 'apple', product, i->>'id' FROM jsonb_array_elements(p_items) AS i, jsonb_array_elements_text(coalesce(i->'apple_product_ids', '[]')) AS product
   ORDER BY 2
  ON CONFLICT (provider, price_id) DO UPDATE SET plan = excluded.plan;
  FOR v_account IN
    SELECT account_id FROM subscription WHERE plan = ANY (v_changed) AND status IN ('trialing', 'active', 'past_due') ORDER BY account_id
  LOOP
    PERFORM billing_tell(v_account);
  END LOOP;
END
$$;
