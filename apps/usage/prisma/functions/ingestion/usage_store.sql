-- Stores batches and their records, each batch once, however often it comes. `p_batches`: [{e, q, rows}], sorted by e and q.
-- Returns how many batches were new, and how many records they brought.
CREATE OR REPLACE FUNCTION usage_store(p_batches jsonb) RETURNS TABLE (batches bigint, records bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_rows jsonb;
BEGIN
  WITH given AS MATERIALIZED (
    SELECT (b->>'e')::uuid AS producer, (b->>'q')::bigint AS sequence, b->'rows' AS records FROM jsonb_array_elements(p_batches) AS b
  ), fresh AS (
    INSERT INTO stored_batch (producer, sequence) SELECT g.producer, g.sequence FROM given g ORDER BY 1, 2
    ON CONFLICT DO NOTHING RETURNING producer, sequence
  ), told AS (
    INSERT INTO producer AS p (id, last_sequence, batches, seen_at)
    SELECT f.producer, max(f.sequence), count(*), now() FROM fresh f GROUP BY 1 ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET last_sequence = greatest(p.last_sequence, excluded.last_sequence), batches = p.batches + excluded.batches,
      seen_at = excluded.seen_at
  )
  SELECT count(DISTINCT (f.producer, f.sequence)), jsonb_agg(r.row) FILTER (WHERE r.row IS NOT NULL) INTO batches, v_rows
    FROM fresh f JOIN given g USING (producer, sequence) LEFT JOIN LATERAL jsonb_array_elements(g.records) AS r (row) ON true;
  records := CASE WHEN v_rows IS NULL THEN 0 ELSE usage_write(v_rows) END;
  RETURN NEXT;
END
$$;
