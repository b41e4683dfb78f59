-- Sends an event for the audit trail about an account. The trail is kept by user: an organisation is named in the details, an owner that was
-- erased nowhere.
CREATE OR REPLACE FUNCTION ledger_report_on_account(p_report jsonb, p_account account, p_detail jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT ledger_report(p_report,
    jsonb_strip_nulls(jsonb_build_object('user_id', CASE p_account.owner_type WHEN 'user' THEN p_account.owner_id END)),
    p_detail || jsonb_strip_nulls(jsonb_build_object('organisation_id', CASE p_account.owner_type WHEN 'organisation' THEN p_account.owner_id END)));
$$;
