-- Writes the ends of the reservations that a batch resolved, and what they were charged. A hold that had expired keeps how and when it ended.
CREATE OR REPLACE FUNCTION ledger_write_resolutions(p_resolutions resolution[], p_charges transfer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_ids uuid[] := ARRAY(SELECT id FROM unnest(p_resolutions));
  v_written bigint;
BEGIN
  IF cardinality(v_ids) = 0 THEN RETURN; END IF;
  UPDATE reservation r SET (state, ended_by, ended_at, settled_at, settled_amount, entry_id, resolved_available) = (
      SELECT d.state, coalesce(r.ended_by, d.ended_by), coalesce(r.ended_at, d.at), CASE WHEN d.state = 'settled' THEN d.at END, d.charged,
          d.entry_id, d.available
        FROM unnest(p_resolutions) d WHERE d.id = r.id)
   WHERE r.id = ANY (v_ids) AND r.state IN ('open', 'expired');
  GET DIAGNOSTICS v_written = ROW_COUNT;
  IF v_written < cardinality(v_ids) THEN RAISE EXCEPTION 'reservation was resolved meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
  INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, reservation_id,
    operation, price_version, actor, reason, drawn_at, created_at)
  SELECT entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, reservation_id,
      operation, price_version, actor, reason, drawn_at, created_at
    FROM unnest(p_charges);
END
$$;
