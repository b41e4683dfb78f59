-- Sends an event for the audit trail, with members and details that only the change itself knows. NULL: nobody asked for one.
CREATE OR REPLACE FUNCTION ledger_report(p_report jsonb, p_members jsonb, p_detail jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO outbox (id, type, payload)
  SELECT ledger_new_id(), 'audit.recorded', p_report || p_members || jsonb_build_object('detail', coalesce(p_report->'detail', '{}') || p_detail)
   WHERE p_report IS NOT NULL;
$$;
