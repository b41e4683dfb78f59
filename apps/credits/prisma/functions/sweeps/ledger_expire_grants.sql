-- Takes expired credits that are not held out of the accounts they are in; returns how many accounts. Fewer than p_limit: nothing more is due.
CREATE OR REPLACE FUNCTION ledger_expire_grants(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
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
