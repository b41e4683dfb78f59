-- Forgets who an account belonged to. Amounts, grants and transfers stay, so every sum stays; what could name the owner goes. Returns the
-- rows changed by table. Repeating it changes nothing.
CREATE OR REPLACE FUNCTION ledger_erase_owner(p_owner_type text, p_owner_id uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
  v_notes integer := 0;
  v_grants integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_owner_id::text, 0));
  INSERT INTO erased_owner (owner_digest) VALUES (ledger_owner_digest(p_owner_type, p_owner_id)) ON CONFLICT DO NOTHING;
  UPDATE account SET status = 'closed', closed_at = coalesce(closed_at, ledger_now()), owner_id = NULL, erased_at = ledger_now()
   WHERE owner_type = p_owner_type AND owner_id = p_owner_id RETURNING id INTO v_id;
  IF FOUND THEN
    UPDATE allowance SET ended_at = ledger_now() WHERE account_id = v_id AND ended_at IS NULL;
    UPDATE subscription SET status = 'canceled', cause = 'erased', ended_at = ledger_now(), due_at = NULL WHERE account_id = v_id AND ended_at IS NULL;
    -- Providers' names for the person's subscriptions and payments.
    UPDATE subscription SET provider_ref = NULL, checkout_ref = NULL, checkout_url = NULL WHERE account_id = v_id;
    UPDATE payment SET reference = 'erased:' || encode(sha256(convert_to(provider || reference, 'UTF8')), 'hex') WHERE account_id = v_id;
    DELETE FROM entry_note WHERE account_id = v_id;
    GET DIAGNOSTICS v_notes = ROW_COUNT;
    -- References are other systems' names for the person or their payments.
    UPDATE "grant" SET source_ref = 'erased:' || id WHERE account_id = v_id;
    GET DIAGNOSTICS v_grants = ROW_COUNT;
  END IF;
  -- Free plans of organisations that count for the person.
  UPDATE subscription SET beneficiary_id = NULL WHERE beneficiary_id = p_owner_id;
  RETURN jsonb_build_object('account', (v_id IS NOT NULL)::integer, 'entry_note', v_notes, 'grant', v_grants);
END
$$;
