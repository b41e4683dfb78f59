-- The result of a reserve when its id is already known.
CREATE OR REPLACE FUNCTION ledger_reserve_again(p_known reservation, p_account_id uuid, p_item reserve_item) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_known.account_id IS NULL THEN jsonb_build_object('ord', p_item.ord, 'outcome', 'gone')
    WHEN p_known.account_id IS DISTINCT FROM p_account_id OR p_known.request_hash IS DISTINCT FROM p_item.request_hash
      THEN jsonb_build_object('ord', p_item.ord, 'outcome', 'conflict')
    WHEN p_known.state = 'released' THEN jsonb_build_object('ord', p_item.ord, 'outcome', 'gone')
    ELSE jsonb_build_object('ord', p_item.ord, 'outcome', 'reserved', 'replayed', true, 'id', p_known.id,
      'amount', p_known.amount::text, 'available', p_known.available_after::text, 'expires_at', p_known.expires_at,
      'price_version', p_known.price_version)
  END
$$;
