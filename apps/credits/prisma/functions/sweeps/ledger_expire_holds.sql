-- Returns holds whose time is over to their grants; returns how many. Fewer than p_limit: nothing more is due.
CREATE OR REPLACE FUNCTION ledger_expire_holds(p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := ledger_now();
  v_items jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_object('id', due.id, 'action', 'expire', 'actor', 'system:expiry')) INTO v_items FROM (
    SELECT id FROM reservation WHERE state = 'open' AND expires_at <= v_now ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
  ) due;
  IF v_items IS NULL THEN RETURN 0; END IF;
  PERFORM ledger_resolve(v_items);
  RETURN jsonb_array_length(v_items);
END
$$;
