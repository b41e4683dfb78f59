-- Closes an owner's account: no new holds, charges or grants; open holds resolve as ever. Returns the open holds, or NULL without an account.
CREATE OR REPLACE FUNCTION ledger_close_account(p_owner_type text, p_owner_id uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
BEGIN
  UPDATE account SET status = 'closed', closed_at = coalesce(closed_at, ledger_now()) WHERE owner_type = p_owner_type AND owner_id = p_owner_id
  RETURNING id INTO v_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE allowance SET ended_at = ledger_now() WHERE account_id = v_id AND ended_at IS NULL;
  UPDATE subscription SET status = 'canceled', cause = 'closed', ended_at = ledger_now(), due_at = NULL WHERE account_id = v_id AND ended_at IS NULL;
  RETURN (SELECT count(*) FROM reservation WHERE account_id = v_id AND state = 'open');
END
$$;
