-- How far behind the clock each kind of due work is, in seconds.
CREATE OR REPLACE FUNCTION ledger_lag() RETURNS TABLE (job text, seconds double precision) LANGUAGE sql VOLATILE AS $$
  SELECT job, greatest(0, coalesce(extract(epoch FROM ledger_now() - due_at), 0))::double precision FROM (VALUES
    ('expire-holds', (SELECT min(expires_at) FROM reservation WHERE state = 'open')),
    ('expire-grants', (SELECT min(next_expiry_at) FROM account WHERE next_expiry_at IS NOT NULL)),
    ('renew-allowances', (SELECT min(next_due_at) FROM allowance WHERE ended_at IS NULL AND (funded_until IS NULL OR next_due_at < funded_until))),
    ('subscriptions', (SELECT min(due_at) FROM subscription WHERE due_at IS NOT NULL)),
    ('relay-outbox', (SELECT min(created_at) FROM outbox WHERE delivered_at IS NULL AND type = 'audit.recorded'))
  ) AS due (job, due_at)
$$;
