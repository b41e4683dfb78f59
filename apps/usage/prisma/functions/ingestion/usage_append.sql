-- Stores batches and their records, each batch once, however often it comes. `p_batches`: [{e, q, l, m, t}], sorted by e and q; `l`
-- stands where records of calls of language models are among its rows, `m` are calls that complete such records: [{at, request_id, user_id,
-- organisation_id, facts}], `d` its records that are late for the archive of their hour: [{id, organisation_id, at}], `t` what the batch adds to usage_traffic, in its columns, whichever store its rows are for. `p_rows`: the records of all,
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
  IF jsonb_path_exists(p_batches, '$[*].d') THEN
    INSERT INTO late_record (id, organisation_id, at)
    SELECT d.id, d.organisation_id, d.at
      FROM jsonb_array_elements(p_batches) WITH ORDINALITY AS b (batch, place),
        jsonb_to_recordset(b.batch->'d') AS d (id uuid, organisation_id uuid, at timestamptz)
     WHERE b.place - 1 = ANY (v_fresh)
    ON CONFLICT DO NOTHING;
  END IF;
  -- Last, as everybody adds to the rows of the minute: who waits for them waits for nothing else.
  INSERT INTO usage_traffic AS u (at, route, upstream, status, code, requests, latency)
  SELECT t.at, t.route, t.upstream, t.status, t.code, sum(t.requests), ARRAY[
      sum(t.latency[1]), sum(t.latency[2]), sum(t.latency[3]), sum(t.latency[4]), sum(t.latency[5]), sum(t.latency[6]), sum(t.latency[7]),
      sum(t.latency[8]), sum(t.latency[9]), sum(t.latency[10]), sum(t.latency[11]), sum(t.latency[12]), sum(t.latency[13]), sum(t.latency[14]),
      sum(t.latency[15]), sum(t.latency[16]), sum(t.latency[17]), sum(t.latency[18]), sum(t.latency[19]), sum(t.latency[20])]
    FROM jsonb_array_elements(p_batches) WITH ORDINALITY AS b (batch, place),
      jsonb_to_recordset(b.batch->'t') AS t (at timestamptz, route text, upstream text, status smallint, code text, requests bigint, latency bigint[])
   WHERE b.place - 1 = ANY (v_fresh)
   GROUP BY 1, 2, 3, 4, 5
   ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (at, route, upstream, status, code) DO UPDATE SET
    requests = u.requests + excluded.requests, latency = usage_add(u.latency, excluded.latency);
  RETURN NEXT;
END
$$;
