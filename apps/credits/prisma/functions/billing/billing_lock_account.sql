-- The account of an owner, made on demand, for a change of its subscription: its allowances are locked first, as whoever renews them does. NULL where
-- the owner was erased.
CREATE OR REPLACE FUNCTION billing_lock_account(p_owner_type text, p_owner_id uuid) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM allowance
    WHERE account_id = (SELECT id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id) ORDER BY plan FOR NO KEY UPDATE;
  RETURN ledger_open_account(p_owner_type, p_owner_id);
END
$$;
