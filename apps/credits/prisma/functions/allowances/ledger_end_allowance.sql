-- Takes an owner off a plan; what was granted stays. True if they were on it.
CREATE OR REPLACE FUNCTION ledger_end_allowance(p_owner_type text, p_owner_id uuid, p_plan text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  WITH ended AS (
    UPDATE allowance SET ended_at = ledger_now()
     WHERE ended_at IS NULL AND plan = p_plan AND account_id = (SELECT id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id)
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM ended)
$$;
