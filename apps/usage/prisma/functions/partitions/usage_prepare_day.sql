-- Makes the partitions that a day of the past needs, for records and sums that come from another store, and returns how many it made. Runs with the rights of
-- its owner; days that no retention keeps, or that are still to come, are refused.
CREATE OR REPLACE FUNCTION usage_prepare_day(p_day timestamptz) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_day CONSTANT timestamptz := date_trunc('day', p_day, 'UTC');
  v_month CONSTANT timestamptz := date_trunc('month', p_day, 'UTC');
  v_parent text;
  v_since timestamptz;
  v_until timestamptz;
  v_name text;
  v_made integer := 0;
BEGIN
  IF p_day < now() - interval '450 days' OR p_day > now() + interval '8 days' THEN RAISE EXCEPTION 'no such day is kept'; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('usage partitions'));
  PERFORM set_config('lock_timeout', '500ms', true);
  FOREACH v_parent IN ARRAY ARRAY['request_record', 'usage_minute', 'usage_hour', 'usage_day', 'usage_hour_total', 'usage_day_total'] LOOP
    IF v_parent IN ('request_record', 'usage_minute') THEN
      v_since := v_day;
      v_until := v_day + interval '1 day';
      v_name := format('%s_%s', v_parent, to_char(v_day AT TIME ZONE 'UTC', 'YYYYMMDD'));
    ELSE
      v_since := v_month;
      v_until := date_add(v_month, interval '1 month', 'UTC');
      v_name := format('%s_%s', v_parent, to_char(v_month AT TIME ZONE 'UTC', 'YYYYMM'));
    END IF;
    CONTINUE WHEN to_regclass(quote_ident(v_name)) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', v_name, v_parent, v_since, v_until);
    v_made := v_made + 1;
  END LOOP;
  RETURN v_made;
END
$$;
