-- Records a code that is about to be mailed, unless one of the windows is used up; then nothing is counted and `wait` is how many seconds
-- to wait. Windows are locked in the order given: those of one address first, the one that all share last, so that it is held shortest
-- and no two calls wait for each other. Those for strangers are left out for a known network. `counted`: the windows it was counted in.
CREATE OR REPLACE FUNCTION verification_issue(
  p_id uuid, p_purpose text, p_recipients bytea[], p_networks bytea[], p_code_digest bytea, p_life interval, p_known_kept interval,
  p_buckets text[], p_limits integer[], p_seconds integer[], p_for_strangers boolean[]
) RETURNS TABLE (wait integer, counted text[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  w verification_window;
  v_known boolean := is_known_network(p_recipients, p_networks, p_known_kept);
BEGIN
  wait := 0;
  counted := '{}';
  FOR i IN 1 .. cardinality(p_buckets) LOOP
    CONTINUE WHEN v_known AND p_for_strangers[i];
    INSERT INTO verification_window AS v (bucket, started_at, ends_at, used)
    VALUES (p_buckets[i], clock_timestamp(), clock_timestamp() + p_seconds[i] * interval '1 second', 0)
    ON CONFLICT (bucket) DO UPDATE
       SET started_at = CASE WHEN v.ends_at <= clock_timestamp() THEN excluded.started_at ELSE v.started_at END,
           ends_at = CASE WHEN v.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE v.ends_at END,
           used = CASE WHEN v.ends_at <= clock_timestamp() THEN 0 ELSE v.used END
    RETURNING * INTO w;
    counted := counted || w.bucket;
    IF w.used >= p_limits[i] THEN
      wait := greatest(wait, ceil(extract(epoch FROM w.ends_at - clock_timestamp()))::integer, 1);
    END IF;
  END LOOP;
  IF wait > 0 THEN
    counted := '{}';
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE verification_window v SET used = v.used + 1 WHERE v.bucket = ANY (counted);
  INSERT INTO verification_code AS c (id, purpose, recipient_digest, network_digest, code_digest, expires_at)
  VALUES (p_id, p_purpose, p_recipients[1], p_networks[1], p_code_digest, clock_timestamp() + p_life)
  ON CONFLICT (purpose, recipient_digest, network_digest) DO UPDATE
     SET id = excluded.id, code_digest = excluded.code_digest, wrong_tries = 0, foreign_tries = 0, created_at = clock_timestamp(),
         expires_at = excluded.expires_at, used_at = NULL;
  RETURN NEXT;
END
$$;
