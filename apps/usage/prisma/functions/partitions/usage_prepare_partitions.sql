-- Makes the partitions of two days back to eight days ahead, as far as they are missing, and returns how many it made. Runs with the rights of its
-- owner: the service may write rows and make no tables.
CREATE OR REPLACE FUNCTION usage_prepare_partitions() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_part record;
  v_made integer := 0;
BEGIN
  -- One at a time; and who reads or writes never waits long behind us.
  PERFORM pg_advisory_xact_lock(hashtext('usage partitions'));
  PERFORM set_config('lock_timeout', '500ms', true);
  FOR v_part IN
    SELECT DISTINCT parent, format('%s_%s', parent, to_char(since, pattern)) AS name, since, since + span AS until
      FROM generate_series(date_trunc('day', now(), 'UTC') - interval '2 days', date_trunc('day', now(), 'UTC') + interval '8 days', interval '1 day') AS day,
        LATERAL (VALUES ('request_record', 'YYYYMMDD', day, interval '1 day'), ('usage_minute', 'YYYYMMDD', day, interval '1 day'),
          ('usage_traffic', 'YYYYMMDD', day, interval '1 day'),
          ('usage_hour', 'YYYYMM', date_trunc('month', day, 'UTC'), interval '1 month'),
          ('usage_day', 'YYYYMM', date_trunc('month', day, 'UTC'), interval '1 month'),
          ('usage_hour_total', 'YYYYMM', date_trunc('month', day, 'UTC'), interval '1 month'),
          ('usage_day_total', 'YYYYMM', date_trunc('month', day, 'UTC'), interval '1 month')) AS p (parent, pattern, since, span)
     ORDER BY 1, 3
  LOOP
    CONTINUE WHEN to_regclass(quote_ident(v_part.name)) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', v_part.name, v_part.parent, v_part.since, v_part.until);
    v_made := v_made + 1;
  END LOOP;
  RETURN v_made;
END
$$;
