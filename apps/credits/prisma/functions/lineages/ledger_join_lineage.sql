-- Opens the account of a user as one of a lineage. False where the user was erased.
CREATE OR REPLACE FUNCTION ledger_join_lineage(p_owner_id uuid, p_lineage_id uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid := ledger_open_account('user', p_owner_id);
BEGIN
  IF v_id IS NULL THEN RETURN false; END IF;
  UPDATE account SET lineage_id = p_lineage_id WHERE id = v_id AND lineage_id IS NULL;
  RETURN true;
END
$$;
