-- What an owner can spend now, and what came in and went out. Reads only: what has expired but was not swept yet is left out.
CREATE OR REPLACE FUNCTION ledger_balance(p_owner_type text, p_owner_id uuid)
RETURNS TABLE (account_id uuid, status text, available bigint, held bigint, debt bigint, earned bigint, spent bigint, entries bigint)
LANGUAGE sql STABLE AS $$
  SELECT a.id, a.status,
      CASE WHEN a.debt > 0 THEN 0 ELSE a.balance - a.held - coalesce((
        SELECT sum(g.remaining - g.held) FROM "grant" g
         WHERE a.next_expiry_at <= ledger_now() AND g.account_id = a.id AND NOT g.exhausted AND g.expires_at <= ledger_now()), 0)::bigint END,
      a.held, a.debt, a.earned, a.spent, a.entries
    FROM account a WHERE a.owner_type = p_owner_type AND a.owner_id = p_owner_id
$$;
