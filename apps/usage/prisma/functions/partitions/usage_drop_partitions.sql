-- Drops the partitions of a table that end at `p_before` or earlier, and returns how many. Nothing is deleted row by row. Runs with the rights of its
-- owner. One that somebody reads is left for the next time, rather than that everybody queues behind it.
CREATE OR REPLACE FUNCTION usage_drop_partitions(p_parent text, p_before timestamptz) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_name text;
  v_until timestamptz;
  v_dropped integer := 0;
BEGIN
  IF p_parent NOT IN ('request_record', 'usage_minute', 'usage_hour', 'usage_day', 'usage_hour_total', 'usage_day_total',
    'usage_traffic') THEN RAISE EXCEPTION 'no such table'; END IF;
  PERFORM set_config('lock_timeout', '500ms', true);
  FOR v_name, v_until IN
    SELECT c.relname, substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = p_parent::regclass ORDER BY 1
  LOOP
    CONTINUE WHEN v_until > p_before;
    BEGIN
      EXECUTE format('DROP TABLE %I', v_name);
      v_dropped := v_dropped + 1;
    EXCEPTION WHEN lock_not_available THEN NULL;
    END;
  END LOOP;
  RETURN v_dropped;
END
$$;
