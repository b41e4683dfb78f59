-- Takes back what is left of a grant (a payment that was reversed). What is held stays held and goes back when its hold ends. `p_report` is an
-- event for the audit trail, sent if anything was taken back.
-- outcome: voided | not_found
CREATE OR REPLACE FUNCTION ledger_void_grant(p_grant_id uuid, p_report jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_grant "grant"%ROWTYPE;
  v_account_id uuid;
  v_now timestamptz;
BEGIN
  SELECT account_id INTO v_account_id FROM "grant" WHERE id = p_grant_id;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'not_found'); END IF;
  PERFORM 1 FROM account WHERE id = v_account_id FOR NO KEY UPDATE;
  v_now := ledger_now();
  SELECT * INTO STRICT v_grant FROM "grant" WHERE id = p_grant_id;
  IF v_grant.voided_at IS NULL AND (v_grant.expires_at IS NULL OR v_grant.expires_at > v_now) THEN
    UPDATE "grant" SET voided_at = v_now, expires_at = v_now WHERE id = p_grant_id;
    UPDATE account SET next_expiry_at = least(next_expiry_at, v_now) WHERE id = v_account_id;
    PERFORM ledger_expire_account(v_account_id, v_now);
    PERFORM ledger_report_on_account(p_report, a,
        jsonb_build_object('grant_id', p_grant_id, 'amount', ledger_whole_credits(v_grant.remaining - v_grant.held)))
      FROM account a WHERE a.id = v_account_id;
  ELSE
    v_grant.remaining := v_grant.held;
  END IF;
  RETURN jsonb_build_object('outcome', 'voided', 'voided', (v_grant.remaining - v_grant.held)::text, 'held', v_grant.held::text,
    'available', (SELECT (balance - held)::text FROM account WHERE id = v_account_id));
END
$$;
