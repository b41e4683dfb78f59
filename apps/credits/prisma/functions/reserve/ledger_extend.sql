-- Keeps an open hold alive: it will not expire before p_ttl from now, and never later than p_life_max after it was made. Never shortens.
-- outcome: extended | resolved | not_found
CREATE OR REPLACE FUNCTION ledger_extend(p_id uuid, p_owner_type text, p_owner_id uuid, p_ttl interval, p_life_max interval) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_expires_at timestamptz;
  v_found boolean;
BEGIN
  UPDATE reservation SET expires_at = greatest(expires_at, least(ledger_now() + p_ttl, created_at + p_life_max))
   WHERE id = p_id AND state = 'open'
     AND (p_owner_id IS NULL OR account_id = (SELECT id FROM account WHERE owner_type = p_owner_type AND owner_id = p_owner_id))
  RETURNING expires_at INTO v_expires_at;
  IF FOUND THEN RETURN jsonb_build_object('outcome', 'extended', 'id', p_id, 'expires_at', v_expires_at); END IF;
  SELECT true INTO v_found FROM reservation r JOIN account a ON a.id = r.account_id
   WHERE r.id = p_id AND (p_owner_id IS NULL OR (a.owner_type = p_owner_type AND a.owner_id = p_owner_id));
  RETURN jsonb_build_object('outcome', CASE WHEN v_found THEN 'resolved' ELSE 'not_found' END);
END
$$;
