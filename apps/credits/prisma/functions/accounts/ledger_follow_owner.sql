-- Takes over whether an organisation is open: one that is not gets no holds, charges and grants, and what is held resolves as ever. `p_revision` grows
-- with each change of it, so that an event which others have overtaken changes nothing. `p_ends_allowances`: it leaves its plans; otherwise
-- they pause while it is closed.
-- outcome: open | closed (what the account is now) | erased
CREATE OR REPLACE FUNCTION ledger_follow_owner(
  p_owner_type text, p_owner_id uuid, p_open boolean, p_revision bigint, p_ends_allowances boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid := ledger_open_account(p_owner_type, p_owner_id);
BEGIN
  IF v_id IS NULL THEN RETURN 'erased'; END IF;
  UPDATE account SET owner_revision = p_revision, status = CASE WHEN p_open THEN 'open' ELSE 'closed' END,
         closed_at = CASE WHEN NOT p_open THEN coalesce(closed_at, ledger_now()) END
   WHERE id = v_id AND owner_revision < p_revision;
  IF NOT FOUND THEN NULL;
  ELSIF p_open THEN
    PERFORM ledger_resume_allowances(v_id);
  ELSIF p_ends_allowances THEN
    UPDATE allowance SET ended_at = ledger_now() WHERE account_id = v_id AND ended_at IS NULL;
  ELSE
    UPDATE allowance SET next_due_at = 'infinity' WHERE account_id = v_id AND ended_at IS NULL;
  END IF;
  RETURN (SELECT status FROM account WHERE id = v_id);
END
$$;
