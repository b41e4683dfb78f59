-- A grant may carry `report`, an entry for the audit trail: it leaves with the grant, in one transaction, and only for the call that granted.
CREATE OR REPLACE FUNCTION ledger_grant(p_args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_account_id uuid := ledger_open_account(coalesce(p_args->>'owner_type', 'user'), (p_args->>'owner_id')::uuid);
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
