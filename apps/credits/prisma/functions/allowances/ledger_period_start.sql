-- When period p_number begins, in UTC. Months and years keep the anchor's day where the month has it, else take the month's last day.
CREATE OR REPLACE FUNCTION ledger_period_start(p_anchor timestamptz, p_period text, p_number integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT ((p_anchor AT TIME ZONE 'UTC') + CASE p_period
    WHEN 'day' THEN make_interval(days => p_number)
    WHEN 'week' THEN make_interval(weeks => p_number)
    WHEN 'month' THEN make_interval(months => p_number)
    WHEN 'year' THEN make_interval(years => p_number)
  END) AT TIME ZONE 'UTC'
$$;
