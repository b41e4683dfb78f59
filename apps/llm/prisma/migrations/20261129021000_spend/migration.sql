-- What keys with a spend limit have spent and hold, in micro-credits. One row per key is locked by whoever holds or ends, so that sums are exact.
CREATE TABLE key_budget (
  key_id uuid PRIMARY KEY,
  spent  bigint NOT NULL DEFAULT 0,
  held   bigint NOT NULL DEFAULT 0 CHECK (held >= 0)
) WITH (fillfactor = 50);

-- The same by day (UTC) of the charge, of which weeks and months are summed.
CREATE TABLE key_spend (
  key_id uuid NOT NULL,
  day    date NOT NULL,
  spent  bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (key_id, day)
) WITH (fillfactor = 50);
CREATE INDEX key_spend_day_idx ON key_spend (day);

-- What a call holds of its key's limit, by the name that its hold has in the ledger. `charged` is what came of it; `check_at` is when the ledger
-- is asked, where nobody has told; none where that is final.
CREATE TABLE key_hold (
  id         uuid PRIMARY KEY,
  key_id     uuid NOT NULL,
  amount     bigint NOT NULL CHECK (amount >= 0),
  charged    bigint CHECK (charged >= 0),
  check_at   timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX key_hold_check_at_idx ON key_hold (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX key_hold_created_at_idx ON key_hold (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON key_budget, key_spend, key_hold TO turnpike_llm_service;
