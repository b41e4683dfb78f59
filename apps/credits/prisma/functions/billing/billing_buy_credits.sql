-- Grants credits that were bought in the App Store, once per transaction. The caller has locked the account. Returns the grant, NULL for an account
-- that is closed.
CREATE OR REPLACE FUNCTION billing_buy_credits(p_account_id uuid, p_provider text, p_reference text, p_amount bigint) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_grant uuid;
BEGIN
  SELECT grant_id INTO v_grant FROM payment WHERE provider = p_provider AND reference = p_reference;
  IF FOUND THEN RETURN v_grant; END IF;
  v_grant := (ledger_grant_to(p_account_id, jsonb_build_object('amount', p_amount::text, 'source', 'apple_iap', 'source_ref', p_reference,
    'transaction_type', 'apple_iap', 'actor', 'system:apple_iap'))->>'grant_id')::uuid;
  IF v_grant IS NOT NULL THEN
    INSERT INTO payment (provider, reference, account_id, grant_id, paid_at) VALUES (p_provider, p_reference, p_account_id, v_grant, ledger_now());
  END IF;
  RETURN v_grant;
END
$$;
