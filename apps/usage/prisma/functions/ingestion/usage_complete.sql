-- Brings together the calls of language models that batches tell of, and the records of their requests, whichever comes first. A call belongs to a
-- record of the same person, organisation and request id; where a client used one id for several, the first to the first. `p_batches` and `p_rows` as
-- for usage_append, `p_fresh`: the batches that are new. Returns the rows to write: those given, completed where their call is known, and for each
-- stored record that is completed now two more, with the weight -1 as it was and 1 as it is, by which its sums move. Its caller holds the lock.
CREATE OR REPLACE FUNCTION usage_complete(p_batches jsonb, p_rows json, p_fresh bigint[]) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  v_calls bigint[];
  v_rows json;
BEGIN
  WITH put AS (
    INSERT INTO unmatched_call (at, request_id, user_id, organisation_id, facts)
    SELECT c.at, c.request_id, c.user_id, c.organisation_id, c.facts
      FROM jsonb_array_elements(p_batches) WITH ORDINALITY AS b (batch, place),
        jsonb_to_recordset(b.batch->'m') AS c (at timestamptz, request_id text, user_id uuid, organisation_id uuid, facts jsonb)
     WHERE b.place - 1 = ANY (p_fresh) AND NOT EXISTS (SELECT FROM erased_user e WHERE e.user_id = c.user_id)
    RETURNING id
  )
  SELECT coalesce(array_agg(id), '{}') INTO v_calls FROM put;

  WITH given AS MATERIALIZED (
    SELECT value AS item, place FROM json_array_elements(p_rows) WITH ORDINALITY AS g (value, place)
  ), fresh AS MATERIALIZED (
    SELECT place, item->>'request_id' AS request_id, (item->>'user_id')::uuid AS user_id, (item->>'organisation_id')::uuid AS organisation_id,
        (item->>'at')::timestamptz AS at
      FROM given
     WHERE item->>'upstream' = 'turnpike:llm' AND (item->>'attempts')::integer > 0 AND (item->>'batch')::bigint = ANY (p_fresh)
  ), calls AS MATERIALIZED (
    SELECT * FROM unmatched_call WHERE id = ANY (v_calls)
    UNION
    SELECT u.* FROM unmatched_call u JOIN fresh f ON f.request_id = u.request_id
  ), records AS (
    SELECT place, NULL::uuid AS id, at, request_id, user_id, organisation_id FROM fresh
    UNION ALL
    SELECT DISTINCT NULL::bigint, r.id, r.at, r.request_id, r.user_id, r.organisation_id
      FROM calls c JOIN request_record r
        ON r.request_id = c.request_id AND r.at BETWEEN c.at - interval '15 minutes' AND c.at + interval '5 minutes'
     WHERE r.upstream = 'turnpike:llm' AND r.attempts > 0 AND r.model_call IS NULL
  ), numbered_records AS (
    SELECT *, row_number() OVER (PARTITION BY request_id, user_id, organisation_id ORDER BY at, id, place) AS number FROM records
  ), numbered_calls AS (
    SELECT *, row_number() OVER (PARTITION BY request_id, user_id, organisation_id ORDER BY at, id) AS number FROM calls
  ), paired AS MATERIALIZED (
    SELECT c.id AS call, c.facts, r.place, r.at, r.id
      FROM numbered_calls c JOIN numbered_records r USING (request_id, user_id, number)
     WHERE r.organisation_id IS NOT DISTINCT FROM c.organisation_id
  ), matched AS (
    DELETE FROM unmatched_call u USING paired p WHERE u.id = p.call
  ), completed AS (
    UPDATE request_record r SET hold_id = f.hold_id, held_micro = f.held_micro, charged_micro = f.charged_micro, charge_state = f.charge_state,
        provider = f.provider, model = f.model, input_tokens = f.input_tokens, output_tokens = f.output_tokens,
        cache_read_tokens = f.cache_read_tokens, cache_write_tokens = f.cache_write_tokens, reasoning_tokens = f.reasoning_tokens,
        ttft_us = f.ttft_us, violations = f.violations, blocked = f.blocked, model_call = f.model_call
      FROM paired p, jsonb_to_record(p.facts) AS f (
        hold_id text, held_micro bigint, charged_micro bigint, charge_state text, provider text, model text, input_tokens bigint, output_tokens
        bigint, cache_read_tokens bigint, cache_write_tokens bigint, reasoning_tokens bigint, ttft_us bigint, violations integer, blocked
        boolean, model_call jsonb)
     WHERE r.at = p.at AND r.id = p.id
    RETURNING to_jsonb(r) || jsonb_build_object('batch', p_fresh[1]) AS item
  )
  SELECT json_agg(w.item) INTO v_rows FROM (
    SELECT CASE WHEN p.facts IS NULL THEN g.item ELSE (g.item::jsonb || p.facts)::json END AS item FROM given g LEFT JOIN paired p ON p.place = g.place
    UNION ALL
    SELECT (item || '{"weight": 1}')::json FROM completed
    UNION ALL
    SELECT (item - ARRAY['hold_id', 'held_micro', 'charged_micro', 'charge_state', 'provider', 'model', 'input_tokens', 'output_tokens',
        'cache_read_tokens', 'cache_write_tokens', 'reasoning_tokens', 'ttft_us', 'violations', 'blocked', 'model_call'] || '{"weight": -1}')::json
      FROM completed
  ) w;
  RETURN coalesce(v_rows, '[]');
END
$$;
