-- Takes over the plans of the configuration. A plan that it no longer names grants nothing new; what it granted stays.
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
