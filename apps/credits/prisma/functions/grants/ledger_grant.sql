-- Grants credits once per (account, source, source_ref). Arguments: {owner_type, owner_id, amount, source, source_ref?, transaction_type,
-- priority?, effective_at?, expires_at?, backfill?, description?, actor, report?}. A refund comes out of revenue, everything else out of issuance.
-- A backfill may have expired already: it is granted and expires in one go, so the history shows that the period was not forgotten.
-- `report` is an event for the audit trail: it leaves with the grant, in one transaction, and only for the call that granted.
-- outcome: granted (with `created` false where the reference was granted before) | closed | erased | expired | limit
CREATE OR REPLACE FUNCTION ledger_grant(p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account_id uuid := ledger_open_account(p_args->>'owner_type', (p_args->>'owner_id')::uuid);
  v_result jsonb;
BEGIN
  IF v_account_id IS NULL THEN RETURN jsonb_build_object('outcome', 'erased'); END IF;
  v_result := ledger_grant_to(v_account_id, p_args);
  IF (v_result->>'created')::boolean AND p_args ? 'report' THEN
    INSERT INTO outbox (id, type, payload) VALUES (ledger_new_id(), 'audit.recorded', p_args->'report');
  END IF;
  RETURN v_result;
END
$$;
