-- Stores batches and their records, each batch once, however often it comes. `p_batches`: [{e, q, l, m}], sorted by e and q; `l`
-- stands where records of calls of language models are among its rows, `m` are calls that complete such records: [{at, request_id, user_id,
-- organisation_id, facts}]. `p_rows`: the records of all,
-- with the columns of request_record and `batch`, the place of their batch, from 0. Returns how many batches were new, and how many records they brought.
CREATE OR REPLACE FUNCTION usage_append(p_batches jsonb, p_rows json) RETURNS TABLE (batches bigint, records bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_fresh bigint[];
  v_calls boolean := jsonb_path_exists(p_batches, '$[*] ? (exists(@.l) || exists(@.m))');
BEGIN
  -- A call and its record that are stored at once by two would each not see the other.
  IF v_calls THEN PERFORM pg_advisory_xact_lock(hashtext('usage calls')); END IF;
  WITH given AS MATERIALIZED (
    SELECT (b->>'e')::uuid AS producer, (b->>'q')::bigint AS sequence, place - 1 AS place FROM jsonb_array_elements(p_batches) WITH ORDINALITY AS g (b, place)
  ), fresh AS (
    INSERT INTO stored_batch (producer, sequence) SELECT g.producer, g.sequence FROM given g ORDER BY 1, 2
    ON CONFLICT DO NOTHING RETURNING producer, sequence
  ), told AS (
    INSERT INTO producer AS p (id, last_sequence, batches, seen_at)
    SELECT f.producer, max(f.sequence), count(*), now() FROM fresh f GROUP BY 1 ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET last_sequence = greatest(p.last_sequence, excluded.last_sequence), batches = p.batches + excluded.batches,
      seen_at = excluded.seen_at
  )
  -- A batch that stands twice among those given is new once.
  SELECT array_agg(place) INTO v_fresh FROM (SELECT min(g.place) AS place FROM fresh f JOIN given g USING (producer, sequence) GROUP BY f.producer, f.sequence) n;
  batches := coalesce(cardinality(v_fresh), 0);
  records := CASE WHEN batches = 0 THEN 0
    WHEN v_calls THEN usage_write(usage_complete(p_batches, p_rows, v_fresh), v_fresh)
    ELSE usage_write(p_rows, v_fresh) END;
  RETURN NEXT;
END
$$;
