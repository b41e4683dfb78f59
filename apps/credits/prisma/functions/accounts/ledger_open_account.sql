-- The account of an owner, made on demand and locked. NULL where the owner was erased: a late event must not bring them back.
CREATE OR REPLACE FUNCTION ledger_open_account(p_owner_type text, p_owner_id uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
BEGIN
  SELECT id INTO v_id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id FOR NO KEY UPDATE;
  IF FOUND THEN RETURN v_id; END IF;
  -- The same lock is taken by an erasure, so one of the two sees what the other did.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_owner_id::text, 0));
  PERFORM 1 FROM erased_owner WHERE owner_digest = ledger_owner_digest(p_owner_type, p_owner_id);
  IF FOUND THEN RETURN NULL; END IF;
  INSERT INTO account (id, owner_type, owner_id) VALUES (ledger_new_id(), p_owner_type, p_owner_id) ON CONFLICT DO NOTHING;
  SELECT id INTO v_id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id FOR NO KEY UPDATE;
  RETURN v_id;
END
$$;
