-- The result for a reservation that is already resolved, or NULL where there is still something to do.
CREATE OR REPLACE FUNCTION ledger_resolved(r reservation, p_action text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN r.state = 'settled' AND p_action = 'settle' THEN jsonb_build_object('outcome', 'settled', 'replayed', true,
      'transaction_id', r.entry_id, 'charged', r.settled_amount::text, 'available', r.resolved_available::text)
    WHEN r.state = 'settled' THEN jsonb_build_object('outcome', 'already_settled')
    WHEN r.state = 'released' AND p_action = 'release' THEN jsonb_build_object('outcome', 'released', 'replayed', true,
      'released', r.amount::text, 'available', r.resolved_available::text)
    WHEN r.state = 'released' THEN jsonb_build_object('outcome', 'already_released')
    WHEN r.state = 'expired' AND p_action = 'expire' THEN jsonb_build_object('outcome', 'already_expired')
  END
$$;
