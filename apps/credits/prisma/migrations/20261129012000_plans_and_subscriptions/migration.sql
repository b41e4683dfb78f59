-- What the catalogue says of a plan beside what a period grants. Plans are ranked in the order of the configuration: further down is higher.
ALTER TABLE plan
  ADD COLUMN name            text NOT NULL DEFAULT '',
  ADD COLUMN description     text NOT NULL DEFAULT '',
  ADD COLUMN rank            integer NOT NULL DEFAULT 0,
  ADD COLUMN tier            text NOT NULL DEFAULT 'free',
  -- In the smallest unit of the currency, such as cents; NULL: no price is stated.
  ADD COLUMN price_amount    bigint CHECK (price_amount > 0),
  ADD COLUMN price_currency  text CHECK (price_currency ~ '^[a-z]{3}$'),
  ADD COLUMN price_period    text CHECK (price_period IN ('month', 'year')),
  -- How an organisation comes onto it: by asking, by an operator's invoice, by paying.
  ADD COLUMN checkout        text NOT NULL DEFAULT 'none' CHECK (checkout IN ('none', 'manual', 'stripe')),
  ADD COLUMN stripe_price_id text,
  ADD COLUMN public          boolean NOT NULL DEFAULT false,
  ADD COLUMN trial_days      integer NOT NULL DEFAULT 0 CHECK (trial_days BETWEEN 0 AND 365),
  ADD COLUMN features        jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN limits          jsonb NOT NULL DEFAULT '{}',
  ADD CHECK ((price_amount IS NULL) = (price_currency IS NULL) AND (price_amount IS NULL) = (price_period IS NULL));

-- Under which names providers know a plan, former ones too: who subscribed under one keeps paying by it.
CREATE TABLE plan_price (
  provider text NOT NULL CHECK (provider IN ('stripe', 'apple')),
  price_id text NOT NULL CHECK (length(price_id) BETWEEN 1 AND 255),
  plan     text NOT NULL REFERENCES plan (id),
  PRIMARY KEY (provider, price_id)
);

-- Up to when periods are paid: those that begin before are granted. NULL: they need no payment.
ALTER TABLE allowance ADD COLUMN funded_until timestamptz;
DROP INDEX allowance_due_idx;
CREATE INDEX allowance_due_idx ON allowance (next_due_at) WHERE ended_at IS NULL AND (funded_until IS NULL OR next_due_at < funded_until);

-- Counts what was told of the account's subscription: events overtake each other.
ALTER TABLE account ADD COLUMN subscription_revision bigint NOT NULL DEFAULT 0;

-- Who is on which plan, and by whom it is paid. Credits come from the allowance of the same plan; nothing here grants.
CREATE TABLE subscription (
  id                   uuid PRIMARY KEY,
  account_id           uuid NOT NULL REFERENCES account (id),
  plan                 text NOT NULL REFERENCES plan (id),
  provider             text NOT NULL CHECK (provider IN ('none', 'manual', 'stripe', 'apple')),
  status               text NOT NULL CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'canceled')),
  -- Why it is canceled, or the provider's own word for it.
  cause                text,
  -- NULL for a free plan, whose periods are those of its allowance.
  current_period_start timestamptz,
  current_period_end   timestamptz,
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  scheduled_plan       text REFERENCES plan (id),
  trial_ends_at        timestamptz,
  -- Until when an unpaid one keeps its tier.
  grace_ends_at        timestamptz,
  -- When time alone changes it next.
  due_at               timestamptz,
  -- Whose free plan it is: the lineage of the organisation's owner, or the owner where no lineage is known.
  beneficiary_id       uuid,
  -- The provider's own id of it.
  provider_ref         text,
  -- When the provider was asked for what is written here: an older answer changes nothing.
  seen_at              timestamptz,
  checkout_ref         text,
  checkout_url         text,
  started_at           timestamptz,
  ended_at             timestamptz,
  created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (provider, provider_ref),
  CHECK ((status = 'canceled') = (ended_at IS NOT NULL)),
  CHECK (status <> 'past_due' OR grace_ends_at IS NOT NULL)
);
CREATE UNIQUE INDEX subscription_running_idx ON subscription (account_id) WHERE status IN ('trialing', 'active', 'past_due');
CREATE UNIQUE INDEX subscription_checkout_idx ON subscription (account_id) WHERE status = 'incomplete';
CREATE INDEX subscription_account_idx ON subscription (account_id, id DESC);
CREATE INDEX subscription_due_idx ON subscription (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX subscription_plan_idx ON subscription (plan, account_id) WHERE status IN ('trialing', 'active', 'past_due');
CREATE INDEX subscription_beneficiary_idx ON subscription (beneficiary_id) WHERE beneficiary_id IS NOT NULL;

-- Who an organisation is at Stripe. Unique both ways: what Stripe tells of a customer concerns one organisation, and nobody else's word for it counts.
CREATE TABLE billing_customer (
  account_id         uuid PRIMARY KEY REFERENCES account (id),
  stripe_customer_id text NOT NULL UNIQUE CHECK (length(stripe_customer_id) BETWEEN 1 AND 255),
  created_at         timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What was paid: an invoice of an operator or of Stripe, a transaction of Apple. It moves `funded_until` once, and back when it is reversed.
CREATE TABLE payment (
  provider        text NOT NULL CHECK (provider IN ('manual', 'stripe', 'apple')),
  reference       text NOT NULL CHECK (length(reference) BETWEEN 1 AND 255),
  account_id      uuid NOT NULL REFERENCES account (id),
  subscription_id uuid REFERENCES subscription (id),
  plan            text REFERENCES plan (id),
  -- The time that it pays for; NULL where it buys credits and no time.
  period_start    timestamptz,
  period_end      timestamptz,
  -- A grant that it brought beside those of the periods.
  grant_id        uuid,
  paid_at         timestamptz,
  reversed_at     timestamptz,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (provider, reference),
  CHECK ((period_start IS NULL) = (period_end IS NULL) AND period_start < period_end)
);
CREATE INDEX payment_account_idx ON payment (account_id);

-- What providers told, by their ids of it: told again it changes nothing. No payloads.
CREATE TABLE billing_event (
  provider    text NOT NULL CHECK (provider IN ('stripe', 'apple')),
  event_id    text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 255),
  type        text NOT NULL CHECK (length(type) BETWEEN 1 AND 128),
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (provider, event_id)
);
CREATE INDEX billing_event_received_at_idx ON billing_event (received_at);

GRANT SELECT, INSERT, UPDATE ON plan_price, subscription, billing_customer, payment TO turnpike_credits_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing_event TO turnpike_credits_service;
