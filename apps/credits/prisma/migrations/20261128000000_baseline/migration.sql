-- The ledger's tables and types. The rules behind them: apps/credits/README.md. What changes them: prisma/functions.

-- Amounts are micro-credits: 1 credit = 1,000,000. `entries` numbers the account's history without a gap.
CREATE TABLE account (
  id             uuid PRIMARY KEY,
  owner_type     text NOT NULL DEFAULT 'user' CHECK (owner_type IN ('user', 'organisation')),
  -- NULL once the owner was erased.
  owner_id       uuid,
  -- The accounts that one person has or had; a random id that names nobody, so it stays when the owner is erased. NULL: not known.
  lineage_id     uuid,
  status         text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
  balance        bigint NOT NULL DEFAULT 0,
  held           bigint NOT NULL DEFAULT 0,
  debt           bigint NOT NULL DEFAULT 0 CHECK (debt >= 0),
  earned         bigint NOT NULL DEFAULT 0 CHECK (earned >= 0),
  spent          bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
  entries        bigint NOT NULL DEFAULT 0,
  -- No free credit of this account expires before this moment; NULL: none expires.
  next_expiry_at timestamptz,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at      timestamptz,
  erased_at      timestamptz,
  UNIQUE (owner_type, owner_id),
  CONSTRAINT account_held_within_balance CHECK (held >= 0 AND held <= balance),
  CHECK ((status = 'closed') = (closed_at IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX account_next_expiry_idx ON account (next_expiry_at) WHERE next_expiry_at IS NOT NULL;
CREATE INDEX account_lineage_idx ON account (lineage_id) WHERE lineage_id IS NOT NULL;
CREATE INDEX account_left_debt_idx ON account (lineage_id) WHERE erased_at IS NOT NULL AND debt > 0;

-- What came in. `exhausted` rather than `remaining > 0` in the partial index keeps updates of `remaining` and `held` heap-only.
CREATE TABLE "grant" (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL REFERENCES account (id),
  amount       bigint NOT NULL CHECK (amount > 0),
  remaining    bigint NOT NULL,
  held         bigint NOT NULL DEFAULT 0,
  priority     smallint NOT NULL DEFAULT 100,
  effective_at timestamptz NOT NULL,
  -- Exclusive: at this moment the grant is expired. NULL: never.
  expires_at   timestamptz,
  source       text NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
  source_ref   text NOT NULL CHECK (length(source_ref) BETWEEN 1 AND 255),
  exhausted    boolean NOT NULL DEFAULT false,
  voided_at    timestamptz,
  created_at   timestamptz NOT NULL,
  UNIQUE (account_id, source, source_ref),
  CHECK (held >= 0 AND held <= remaining AND remaining <= amount),
  CHECK (exhausted = (remaining = 0))
) WITH (fillfactor = 50);
CREATE INDEX grant_spending_order_idx ON "grant" (account_id, priority, expires_at, id) WHERE NOT exhausted;

-- One per metered call. A row without an account is a tombstone: a release that came before its reserve.
-- No foreign keys here and on transfer: their row locks cost a fifth of the throughput, and only the `ledger_*` functions write; `verify`
-- looks for orphans.
CREATE TABLE reservation (
  id                 uuid PRIMARY KEY,
  account_id         uuid,
  amount             bigint NOT NULL CHECK (amount >= 0),
  state              text NOT NULL CHECK (state IN ('open', 'settled', 'released', 'expired')),
  transaction_type   text NOT NULL,
  operation          text,
  price_version      integer,
  -- The grants it drew on, in spending order, and how much of each.
  draw_grants        uuid[] NOT NULL DEFAULT '{}',
  draw_amounts       bigint[] NOT NULL DEFAULT '{}',
  request_hash       bytea,
  actor              text NOT NULL,
  available_after    bigint NOT NULL,
  created_at         timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  -- When the hold went back or was charged, and by what.
  ended_at           timestamptz,
  ended_by           text CHECK (ended_by IN ('settle', 'release', 'expiry')),
  settled_at         timestamptz,
  settled_amount     bigint CHECK (settled_amount >= 0),
  entry_id           uuid,
  -- The answer that a repeated settle or release is given.
  resolved_available bigint,
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CHECK ((state = 'settled') = (settled_at IS NOT NULL)),
  CHECK ((settled_at IS NULL) = (settled_amount IS NULL) AND (settled_at IS NULL) = (entry_id IS NULL)),
  CHECK (account_id IS NOT NULL OR (state = 'released' AND amount = 0)),
  CHECK (cardinality(draw_grants) = cardinality(draw_amounts))
) WITH (fillfactor = 80);
CREATE INDEX reservation_due_idx ON reservation (expires_at) WHERE state = 'open';

-- Append-only double entry. Each row moves an amount from its debit to its credit side. `wallet` and `debt` are the account's own sides;
-- the others belong to the system and have no row that could be locked. Rows of one command share `entry_id`; line 0 of a command that changes
-- what the owner has carries its place in the history (`seq`), the whole change and what the owner had after it (balance less debt).
CREATE TABLE transfer (
  entry_id      uuid NOT NULL,
  line          smallint NOT NULL,
  account_id    uuid NOT NULL,
  seq           bigint,
  net_amount    bigint,
  balance_after bigint,
  kind          text NOT NULL CHECK (kind IN ('grant', 'charge', 'repayment', 'expiry', 'void', 'write_off', 'debt_moved')),
  type          text NOT NULL,
  debit         text NOT NULL CHECK (debit IN ('wallet', 'debt', 'issuance', 'revenue', 'breakage', 'write_off', 'moved_debt')),
  credit        text NOT NULL CHECK (credit IN ('wallet', 'debt', 'issuance', 'revenue', 'breakage', 'write_off', 'moved_debt')),
  amount        bigint NOT NULL CHECK (amount > 0),
  grant_id      uuid,
  reservation_id uuid,
  operation     text,
  price_version integer,
  actor         text NOT NULL,
  reason        text,
  -- When the credits left their grant: the reservation's moment for a settled hold, the transfer's own otherwise.
  drawn_at      timestamptz NOT NULL,
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (entry_id, line),
  CHECK (debit <> credit),
  CHECK ((debit = 'wallet' OR credit = 'wallet') = (grant_id IS NOT NULL)),
  CHECK (seq IS NULL OR (line = 0 AND net_amount IS NOT NULL AND balance_after IS NOT NULL))
);
CREATE UNIQUE INDEX transfer_history_idx ON transfer (account_id, seq) WHERE seq IS NOT NULL;

-- Free text beside an entry. Kept apart from the transfers, since a person may ask for its erasure and transfers never change.
CREATE TABLE entry_note (
  entry_id    uuid PRIMARY KEY,
  account_id  uuid NOT NULL,
  description text NOT NULL CHECK (length(description) BETWEEN 1 AND 500)
);
CREATE INDEX entry_note_account_idx ON entry_note (account_id);

-- The newest version is in force. A retired operation cannot be reserved any more.
CREATE TABLE price (
  operation        text NOT NULL CHECK (operation ~ '^[a-z0-9][a-z0-9_.:-]{0,63}$'),
  version          integer NOT NULL CHECK (version > 0),
  cost             bigint NOT NULL CHECK (cost >= 0),
  transaction_type text NOT NULL,
  retired          boolean NOT NULL DEFAULT false,
  source           text NOT NULL CHECK (source IN ('file', 'admin')),
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (operation, version)
);

CREATE TABLE outbox (
  id           uuid PRIMARY KEY,
  type         text NOT NULL CHECK (length(type) BETWEEN 1 AND 64),
  payload      jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz
);
CREATE INDEX outbox_undelivered_idx ON outbox (created_at) WHERE delivered_at IS NULL;
-- Events are handed over type by type: those of a consumer that does not keep up wait here, and nobody passes them all to find the others.
CREATE INDEX outbox_pending_type_idx ON outbox (type, created_at) WHERE delivered_at IS NULL;
CREATE INDEX outbox_delivered_idx ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;

-- First answers of requests that carried an Idempotency-Key. Keys are kept as digests only.
CREATE TABLE idempotency (
  scope        text NOT NULL,
  key_digest   bytea NOT NULL CHECK (length(key_digest) = 32),
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  result       jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (scope, key_digest)
);
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);

-- Owners that were erased, as digests of type and id: a late event must not open an account for them again.
CREATE TABLE erased_owner (
  owner_digest bytea PRIMARY KEY CHECK (length(owner_digest) = 32),
  erased_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Recurring allowances. Plans as the service's configuration has them; a change counts for periods that begin after it.
CREATE TABLE plan (
  id               text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
  amount           bigint NOT NULL CHECK (amount > 0),
  period           text NOT NULL CHECK (period IN ('day', 'week', 'month', 'year')),
  -- How many periods a grant lasts; NULL: it does not expire.
  lifetime_periods integer CHECK (lifetime_periods > 0),
  priority         smallint NOT NULL,
  -- Set once the configuration no longer names the plan: each of its allowances ends when it is next due.
  withdrawn_at     timestamptz
);

-- A scheduler may ask as often as it likes and from any number of processes: the database decides what is due, and the grant's reference
-- (plan and start of the period) lets each period be granted once.
CREATE TABLE allowance (
  account_id  uuid NOT NULL REFERENCES account (id),
  plan        text NOT NULL REFERENCES plan (id),
  -- Start of period 0. All periods are counted from it, so the 31st comes back after a February.
  anchor_at   timestamptz NOT NULL,
  next_period integer NOT NULL DEFAULT 0,
  next_due_at timestamptz NOT NULL,
  ended_at    timestamptz,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, plan)
);
CREATE INDEX allowance_due_idx ON allowance (next_due_at) WHERE ended_at IS NULL;

-- What the last scheduled verification found, for every process's metrics.
CREATE TABLE verification (
  invariant  text PRIMARY KEY,
  violations bigint NOT NULL CHECK (violations >= 0),
  checked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A request for a hold, priced. `amount` is NULL where the operation has no price.
CREATE TYPE reserve_item AS (
  ord integer, id uuid, amount bigint, operation text, price_version integer, transaction_type text, ttl interval, request_hash bytea, actor text
);

-- One reservation to resolve, its row locked.
CREATE TYPE resolve_item AS (
  ord integer, action text, owner_type text, owner_id uuid, amount bigint, actor text, reservation reservation
);

-- What a batch writes of a reservation that it resolved, at the moment `at`.
CREATE TYPE resolution AS (id uuid, state text, ended_by text, at timestamptz, charged bigint, entry_id uuid, available bigint);

GRANT USAGE ON SCHEMA public TO turnpike_credits_service;
GRANT SELECT, INSERT, UPDATE ON account, "grant", reservation, plan, allowance, verification TO turnpike_credits_service;
GRANT SELECT, INSERT ON transfer, price, erased_owner TO turnpike_credits_service;
GRANT SELECT, INSERT, DELETE ON entry_note TO turnpike_credits_service;
-- Retention skips an answer that is in use, which takes the right to lock it: UPDATE.
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, outbox TO turnpike_credits_service;
