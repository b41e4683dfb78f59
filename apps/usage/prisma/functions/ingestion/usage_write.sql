-- Stores the records of `p_batches` and adds them to the roll-ups, in one statement. `p_rows`: objects of the columns of request_record and `batch`; those
-- with a `weight` are stored already, and only their sums change. Rows are written in the order of their keys, so that two who write at once never wait for each other crosswise. People who were
-- erased meanwhile are left out: what they did within an organisation stays its own, without their name.
CREATE OR REPLACE FUNCTION usage_write(p_rows json, p_batches bigint[]) RETURNS bigint LANGUAGE sql AS $$
  WITH given AS MATERIALIZED (
    SELECT r.*, e.user_id IS NOT NULL AS erased
      FROM json_to_recordset(p_rows) AS r (
        batch bigint, at timestamptz, id uuid, request_id text, caller text, user_id uuid, organisation_id uuid, environment text, key_id uuid, project_id
        uuid, session_id uuid, service text, tier text, route text, upstream text, address_class text, method text, status smallint,
        duration_us bigint, first_byte_us bigint, upstream_us bigint, attempts smallint, request_bytes bigint, response_bytes bigint,
        limit_name text, limit_max integer, limit_window_seconds integer, limit_remaining integer, limit_reset_seconds integer,
        limit_degraded boolean, code text, failure text, scope text, required_role text, replay_of text, operation text, price_version
        integer, hold_id text, held_micro bigint, charged_micro bigint, charge_state text, cost double precision, balance double precision,
        provider text, model text, input_tokens bigint, output_tokens bigint, cache_read_tokens bigint, cache_write_tokens bigint,
        reasoning_tokens bigint, ttft_us bigint, violations integer, blocked boolean, model_call jsonb, key_prefix text, path text, weight smallint
      ) LEFT JOIN erased_user e ON e.user_id = r.user_id
     WHERE r.batch = ANY (p_batches)
  ), kept AS MATERIALIZED (
    SELECT at, id,
      CASE WHEN erased THEN '' ELSE request_id END AS request_id, CASE WHEN erased THEN 'erased' ELSE caller END AS caller, CASE WHEN NOT
      erased THEN user_id END AS user_id, organisation_id, environment, CASE WHEN NOT erased OR organisation_id IS NOT NULL THEN key_id END
      AS key_id, CASE WHEN NOT erased OR organisation_id IS NOT NULL THEN project_id END AS project_id, CASE WHEN NOT erased THEN session_id
      END AS session_id, service, tier, route, upstream, address_class, method, status, duration_us, first_byte_us, upstream_us, attempts,
      request_bytes, response_bytes, limit_name, limit_max, limit_window_seconds, limit_remaining, limit_reset_seconds, limit_degraded,
      code, failure, scope, required_role, CASE WHEN NOT erased THEN replay_of END AS replay_of, operation, price_version, hold_id,
      held_micro, charged_micro, charge_state, cost, balance, provider, model, input_tokens, output_tokens, cache_read_tokens,
      cache_write_tokens, reasoning_tokens, ttft_us, violations, blocked, model_call, key_prefix, path, weight IS NOT NULL AS moved, coalesce(weight, 1) AS weight
      FROM given WHERE NOT erased OR organisation_id IS NOT NULL
  ), logged AS (
    INSERT INTO request_record (
      at, id, request_id, caller, user_id, organisation_id, environment, key_id, project_id, session_id, service, tier, route, upstream,
      address_class, method, status, duration_us, first_byte_us, upstream_us, attempts, request_bytes, response_bytes, limit_name,
      limit_max, limit_window_seconds, limit_remaining, limit_reset_seconds, limit_degraded, code, failure, scope, required_role, replay_of,
      operation, price_version, hold_id, held_micro, charged_micro, charge_state, cost, balance, provider, model, input_tokens,
      output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, ttft_us, violations, blocked, model_call, key_prefix, path)
    SELECT
      at, id, request_id, caller, user_id, organisation_id, environment, key_id, project_id, session_id, service, tier, route, upstream,
      address_class, method, status, duration_us, first_byte_us, upstream_us, attempts, request_bytes, response_bytes, limit_name,
      limit_max, limit_window_seconds, limit_remaining, limit_reset_seconds, coalesce(limit_degraded, false), code, failure, scope,
      required_role, replay_of, operation, price_version, hold_id, held_micro, charged_micro, charge_state, cost, balance, provider, model,
      input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, ttft_us, violations, blocked, model_call, key_prefix, path
      FROM kept WHERE NOT moved ORDER BY at, id
    ON CONFLICT DO NOTHING
  ), measured AS MATERIALIZED (
    SELECT at, user_id, organisation_id, environment, key_id, project_id, route, status, provider, model, blocked, charged_micro, input_tokens,
      output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, ttft_us, violations, weight,
      width_bucket(duration_us, usage_latency_bounds()) AS bucket, width_bucket(ttft_us, usage_latency_bounds()) AS ttft_bucket
      FROM kept
  ), rolled AS (
    INSERT INTO usage_rollup AS u (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model,
      requests, errors, blocked, charged_micro, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, violations,
      latency, ttft)
    -- Totals leave out by whom and where.
    SELECT unit, coalesce(organisation_id, user_id, none), date_trunc(length, at, 'UTC') AS since, CASE WHEN total THEN none ELSE coalesce(user_id,
      none) END, CASE WHEN total THEN none ELSE coalesce(key_id, none) END, CASE WHEN total THEN none ELSE coalesce(project_id, none) END,
      coalesce(environment, ''), CASE WHEN total THEN '' ELSE coalesce(route, '') END, (status / 100)::smallint, coalesce(provider, ''),
      coalesce(model, ''), sum(weight), coalesce(sum(weight) FILTER (WHERE status >= 400), 0), coalesce(sum(weight) FILTER (WHERE blocked), 0),
      coalesce(sum(weight * charged_micro), 0), coalesce(sum(weight * input_tokens), 0), coalesce(sum(weight * output_tokens), 0), coalesce(sum(weight
      * cache_read_tokens), 0), coalesce(sum(weight * cache_write_tokens), 0), coalesce(sum(weight * reasoning_tokens), 0), coalesce(sum(weight *
      violations), 0), ARRAY[ coalesce(sum(weight) FILTER (WHERE bucket = 0), 0), coalesce(sum(weight) FILTER (WHERE bucket = 1), 0),
      coalesce(sum(weight) FILTER (WHERE bucket = 2), 0), coalesce(sum(weight) FILTER (WHERE bucket = 3), 0), coalesce(sum(weight) FILTER (WHERE
      bucket = 4), 0), coalesce(sum(weight) FILTER (WHERE bucket = 5), 0), coalesce(sum(weight) FILTER (WHERE bucket = 6), 0), coalesce(sum(weight)
      FILTER (WHERE bucket = 7), 0), coalesce(sum(weight) FILTER (WHERE bucket = 8), 0), coalesce(sum(weight) FILTER (WHERE bucket = 9), 0),
      coalesce(sum(weight) FILTER (WHERE bucket = 10), 0), coalesce(sum(weight) FILTER (WHERE bucket = 11), 0), coalesce(sum(weight) FILTER (WHERE
      bucket = 12), 0), coalesce(sum(weight) FILTER (WHERE bucket = 13), 0), coalesce(sum(weight) FILTER (WHERE bucket = 14), 0), coalesce(sum(weight)
      FILTER (WHERE bucket = 15), 0), coalesce(sum(weight) FILTER (WHERE bucket = 16), 0), coalesce(sum(weight) FILTER (WHERE bucket = 17), 0),
      coalesce(sum(weight) FILTER (WHERE bucket = 18), 0), coalesce(sum(weight) FILTER (WHERE bucket = 19), 0)], CASE WHEN count(ttft_us) > 0 THEN
      ARRAY[ coalesce(sum(weight) FILTER (WHERE ttft_bucket = 0), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 1), 0), coalesce(sum(weight)
      FILTER (WHERE ttft_bucket = 2), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 3), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket =
      4), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 5), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 6), 0), coalesce(sum(weight)
      FILTER (WHERE ttft_bucket = 7), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 8), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket =
      9), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 10), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 11), 0), coalesce(sum(weight)
      FILTER (WHERE ttft_bucket = 12), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 13), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket =
      14), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 15), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 16), 0),
      coalesce(sum(weight) FILTER (WHERE ttft_bucket = 17), 0), coalesce(sum(weight) FILTER (WHERE ttft_bucket = 18), 0), coalesce(sum(weight) FILTER
      (WHERE ttft_bucket = 19), 0)] END
      FROM measured, (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS none) AS nil,
        (VALUES ('minute', 'minute', false), ('hour', 'hour', false), ('day', 'day', false), ('hour_total', 'hour', true), ('day_total', 'day', true))
          AS units (unit, length, total)
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
     ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ON CONFLICT (unit, owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model) DO UPDATE SET
      requests = u.requests + excluded.requests, errors = u.errors + excluded.errors, blocked = u.blocked + excluded.blocked,
      charged_micro = u.charged_micro + excluded.charged_micro, input_tokens = u.input_tokens + excluded.input_tokens,
      output_tokens = u.output_tokens + excluded.output_tokens, cache_read_tokens = u.cache_read_tokens + excluded.cache_read_tokens,
      cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens, reasoning_tokens = u.reasoning_tokens + excluded.reasoning_tokens,
      violations = u.violations + excluded.violations,
      -- Written out, and the rare sum left to a function: called for each sum of each record, it took two fifths of the statement's time.
      latency = ARRAY[
        u.latency[1] + excluded.latency[1], u.latency[2] + excluded.latency[2], u.latency[3] + excluded.latency[3], u.latency[4] + excluded.latency[4],
        u.latency[5] + excluded.latency[5], u.latency[6] + excluded.latency[6], u.latency[7] + excluded.latency[7], u.latency[8] + excluded.latency[8],
        u.latency[9] + excluded.latency[9], u.latency[10] + excluded.latency[10], u.latency[11] + excluded.latency[11], u.latency[12] + excluded.latency[12],
        u.latency[13] + excluded.latency[13], u.latency[14] + excluded.latency[14], u.latency[15] + excluded.latency[15], u.latency[16] + excluded.latency[16],
        u.latency[17] + excluded.latency[17], u.latency[18] + excluded.latency[18], u.latency[19] + excluded.latency[19], u.latency[20] + excluded.latency[20]],
      ttft = CASE WHEN excluded.ttft IS NULL THEN u.ttft WHEN u.ttft IS NULL THEN excluded.ttft ELSE usage_add(u.ttft, excluded.ttft) END
  )
  SELECT count(*) FROM kept WHERE NOT moved
$$;
