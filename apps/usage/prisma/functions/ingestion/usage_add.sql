-- The sum of two histograms; one that is null counts for nothing.
CREATE OR REPLACE FUNCTION usage_add(p_a bigint[], p_b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_a IS NULL THEN p_b WHEN p_b IS NULL THEN p_a
    ELSE (SELECT array_agg(a + b ORDER BY i) FROM unnest(p_a, p_b) WITH ORDINALITY AS both_of (a, b, i)) END
$$;
