-- What operators look at: who set a price (by the event in the audit trail, which knows persons), the sums of the last verification, and the lists of
-- debts, open holds of an account and grants that expire.
ALTER TABLE price ADD COLUMN report_id uuid;

CREATE TABLE ledger_total (
  id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  accounts bigint NOT NULL,
  balance bigint NOT NULL,
  held bigint NOT NULL,
  debt bigint NOT NULL,
  earned bigint NOT NULL,
  spent bigint NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON ledger_total TO turnpike_credits_service;

CREATE INDEX account_debt_idx ON account (debt DESC, id) WHERE debt > 0;
CREATE INDEX grant_expiring_idx ON "grant" (expires_at, id) WHERE NOT exhausted AND expires_at IS NOT NULL;
CREATE INDEX reservation_open_idx ON reservation (account_id) WHERE state = 'open';
