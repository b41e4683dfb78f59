-- Writes the sums that a batch has gathered for accounts and their grants, whose rows it has locked. Subqueries rather than joins: always by
-- index, whatever the planner guesses of the batch.
CREATE OR REPLACE FUNCTION ledger_write_sums(p_accounts account[], p_grants uuid[], p_used bigint[], p_drawn bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_ids uuid[] := ARRAY(SELECT id FROM unnest(p_accounts));
BEGIN
  IF cardinality(p_grants) > 0 THEN
    UPDATE "grant" g SET (remaining, held, exhausted) = (
        SELECT g.remaining - d.used, g.held - d.drawn, g.remaining = d.used FROM unnest(p_grants, p_used, p_drawn) AS d (id, used, drawn) WHERE d.id = g.id)
     WHERE g.id = ANY (p_grants);
  END IF;
  IF cardinality(v_ids) > 0 THEN
    UPDATE account a SET (balance, held, debt, spent, entries, next_expiry_at) = (
        SELECT s.balance, s.held, s.debt, s.spent, s.entries, s.next_expiry_at FROM unnest(p_accounts) s WHERE s.id = a.id)
     WHERE a.id = ANY (v_ids);
  END IF;
END
$$;
