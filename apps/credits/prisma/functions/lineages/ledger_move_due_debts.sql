-- The same for a lineage where it is due: an account was erased after its owner had come back, or a late settlement made debt there. Returns how
-- many accounts it freed; 0: nothing more is due.
CREATE OR REPLACE FUNCTION ledger_move_due_debts() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_lineage_id uuid;
BEGIN
  SELECT d.lineage_id INTO v_lineage_id FROM account d
   WHERE d.erased_at IS NOT NULL AND d.debt > 0
     AND EXISTS (SELECT FROM account h WHERE h.lineage_id = d.lineage_id AND h.status = 'open' AND h.owner_id IS NOT NULL)
   LIMIT 1;
  IF NOT FOUND THEN RETURN 0; END IF;
  RETURN ledger_move_debts(v_lineage_id);
END
$$;
