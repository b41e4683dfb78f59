-- Upper bounds of the first 19 of the 20 buckets of a latency histogram, in microseconds; the last bucket has none. They never change: the
-- sums that are stored were counted by them.
CREATE OR REPLACE FUNCTION usage_latency_bounds() RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY[1000, 2000, 5000, 10000, 20000, 35000, 50000, 75000, 100000, 150000, 250000, 500000, 750000, 1000000, 2000000, 5000000, 10000000,
    30000000, 60000000]::bigint[]
$$;
