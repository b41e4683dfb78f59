-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.

CREATE TYPE reserve_item AS (
  ord integer,
  id uuid,
  amount bigint,
  operation text,
  price_version integer,
  transaction_type text,
  ttl interval,
  request_hash bytea,
  actor text
);

CREATE TYPE resolution AS (
  id uuid,
  state text,
  ended_by text,
  at timestamp with time zone,
  charged bigint,
  entry_id uuid,
  available bigint
);

CREATE TYPE resolve_item AS (
  ord integer,
  action text,
  owner_type text,
  owner_id uuid,
  amount bigint,
  actor text,
  reservation reservation
);

CREATE TABLE account (
  id uuid NOT NULL,
  owner_type text NOT NULL DEFAULT 'user'::text,
  owner_id uuid,
  lineage_id uuid,
  status text NOT NULL DEFAULT 'open'::text,
  balance bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  debt bigint NOT NULL DEFAULT 0,
  earned bigint NOT NULL DEFAULT 0,
  spent bigint NOT NULL DEFAULT 0,
  entries bigint NOT NULL DEFAULT 0,
  next_expiry_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  closed_at timestamp with time zone,
  erased_at timestamp with time zone,
  owner_revision bigint NOT NULL DEFAULT 0,
  subscription_revision bigint NOT NULL DEFAULT 0,
  CONSTRAINT account_check CHECK ((status = 'closed'::text) = (closed_at IS NOT NULL)),
  CONSTRAINT account_debt_check CHECK (debt >= 0),
  CONSTRAINT account_earned_check CHECK (earned >= 0),
  CONSTRAINT account_held_within_balance CHECK (held >= 0 AND held <= balance),
  CONSTRAINT account_owner_type_check CHECK (owner_type = ANY (ARRAY['user'::text, 'organisation'::text])),
  CONSTRAINT account_owner_type_owner_id_key UNIQUE (owner_type, owner_id),
  CONSTRAINT account_pkey PRIMARY KEY (id),
  CONSTRAINT account_spent_check CHECK (spent >= 0),
  CONSTRAINT account_status_check CHECK (status = ANY (ARRAY['open'::text, 'closed'::text]))
) WITH (fillfactor=50);
CREATE INDEX account_debt_idx ON account USING btree (debt DESC, id) WHERE debt > 0;
CREATE INDEX account_left_debt_idx ON account USING btree (lineage_id) WHERE erased_at IS NOT NULL AND debt > 0;
CREATE INDEX account_lineage_idx ON account USING btree (lineage_id) WHERE lineage_id IS NOT NULL;
CREATE INDEX account_next_expiry_idx ON account USING btree (next_expiry_at) WHERE next_expiry_at IS NOT NULL;
GRANT INSERT, SELECT, UPDATE ON account TO turnpike_credits_service;

CREATE TABLE allowance (
  account_id uuid NOT NULL,
  plan text NOT NULL,
  anchor_at timestamp with time zone NOT NULL,
  next_period integer NOT NULL DEFAULT 0,
  next_due_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  funded_until timestamp with time zone,
  CONSTRAINT allowance_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  CONSTRAINT allowance_pkey PRIMARY KEY (account_id, plan),
  CONSTRAINT allowance_plan_fkey FOREIGN KEY (plan) REFERENCES plan(id)
);
CREATE INDEX allowance_due_idx ON allowance USING btree (next_due_at) WHERE ended_at IS NULL AND (funded_until IS NULL OR next_due_at < funded_until);
GRANT INSERT, SELECT, UPDATE ON allowance TO turnpike_credits_service;

CREATE TABLE billing_customer (
  account_id uuid NOT NULL,
  stripe_customer_id text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT billing_customer_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  CONSTRAINT billing_customer_pkey PRIMARY KEY (account_id),
  CONSTRAINT billing_customer_stripe_customer_id_check CHECK (length(stripe_customer_id) >= 1 AND length(stripe_customer_id) <= 255),
  CONSTRAINT billing_customer_stripe_customer_id_key UNIQUE (stripe_customer_id)
);
GRANT INSERT, SELECT, UPDATE ON billing_customer TO turnpike_credits_service;

CREATE TABLE billing_event (
  provider text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT billing_event_event_id_check CHECK (length(event_id) >= 1 AND length(event_id) <= 255),
  CONSTRAINT billing_event_pkey PRIMARY KEY (provider, event_id),
  CONSTRAINT billing_event_provider_check CHECK (provider = ANY (ARRAY['stripe'::text, 'apple'::text])),
  CONSTRAINT billing_event_type_check CHECK (length(type) >= 1 AND length(type) <= 128)
);
CREATE INDEX billing_event_received_at_idx ON billing_event USING btree (received_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON billing_event TO turnpike_credits_service;

CREATE TABLE entry_note (
  entry_id uuid NOT NULL,
  account_id uuid NOT NULL,
  description text NOT NULL,
  CONSTRAINT entry_note_description_check CHECK (length(description) >= 1 AND length(description) <= 500),
  CONSTRAINT entry_note_pkey PRIMARY KEY (entry_id)
);
CREATE INDEX entry_note_account_idx ON entry_note USING btree (account_id);
GRANT DELETE, INSERT, SELECT ON entry_note TO turnpike_credits_service;

CREATE TABLE erased_owner (
  owner_digest bytea NOT NULL,
  erased_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT erased_owner_owner_digest_check CHECK (length(owner_digest) = 32),
  CONSTRAINT erased_owner_pkey PRIMARY KEY (owner_digest)
);
GRANT INSERT, SELECT ON erased_owner TO turnpike_credits_service;

CREATE TABLE "grant" (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  amount bigint NOT NULL,
  remaining bigint NOT NULL,
  held bigint NOT NULL DEFAULT 0,
  priority smallint NOT NULL DEFAULT 100,
  effective_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  source text NOT NULL,
  source_ref text NOT NULL,
  exhausted boolean NOT NULL DEFAULT false,
  voided_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT grant_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  CONSTRAINT grant_account_id_source_source_ref_key UNIQUE (account_id, source, source_ref),
  CONSTRAINT grant_amount_check CHECK (amount > 0),
  CONSTRAINT grant_check CHECK (held >= 0 AND held <= remaining AND remaining <= amount),
  CONSTRAINT grant_check1 CHECK (exhausted = (remaining = 0)),
  CONSTRAINT grant_pkey PRIMARY KEY (id),
  CONSTRAINT grant_source_check CHECK (length(source) >= 1 AND length(source) <= 64),
  CONSTRAINT grant_source_ref_check CHECK (length(source_ref) >= 1 AND length(source_ref) <= 255)
) WITH (fillfactor=50);
CREATE INDEX grant_expiring_idx ON "grant" USING btree (expires_at, id) WHERE NOT exhausted AND expires_at IS NOT NULL;
CREATE INDEX grant_spending_order_idx ON "grant" USING btree (account_id, priority, expires_at, id) WHERE NOT exhausted;
GRANT INSERT, SELECT, UPDATE ON "grant" TO turnpike_credits_service;

CREATE TABLE idempotency (
  scope text NOT NULL,
  key_digest bytea NOT NULL,
  request_hash bytea NOT NULL,
  result jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT idempotency_key_digest_check CHECK (length(key_digest) = 32),
  CONSTRAINT idempotency_pkey PRIMARY KEY (scope, key_digest),
  CONSTRAINT idempotency_request_hash_check CHECK (length(request_hash) = 32)
);
CREATE INDEX idempotency_created_at_idx ON idempotency USING btree (created_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON idempotency TO turnpike_credits_service;

CREATE TABLE ledger_total (
  id smallint NOT NULL DEFAULT 1,
  accounts bigint NOT NULL,
  balance bigint NOT NULL,
  held bigint NOT NULL,
  debt bigint NOT NULL,
  earned bigint NOT NULL,
  spent bigint NOT NULL,
  counted_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT ledger_total_id_check CHECK (id = 1),
  CONSTRAINT ledger_total_pkey PRIMARY KEY (id)
);
GRANT INSERT, SELECT, UPDATE ON ledger_total TO turnpike_credits_service;

CREATE TABLE outbox (
  id uuid NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamp with time zone,
  traceparent text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id),
  CONSTRAINT outbox_type_check CHECK (length(type) >= 1 AND length(type) <= 64)
);
CREATE INDEX outbox_delivered_idx ON outbox USING btree (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX outbox_pending_type_idx ON outbox USING btree (type, created_at) WHERE delivered_at IS NULL;
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox TO turnpike_credits_service;

CREATE TABLE payment (
  provider text NOT NULL,
  reference text NOT NULL,
  account_id uuid NOT NULL,
  subscription_id uuid,
  plan text,
  period_start timestamp with time zone,
  period_end timestamp with time zone,
  grant_id uuid,
  paid_at timestamp with time zone,
  reversed_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamp with time zone,
  CONSTRAINT payment_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  CONSTRAINT payment_check CHECK ((period_start IS NULL) = (period_end IS NULL) AND period_start < period_end),
  CONSTRAINT payment_pkey PRIMARY KEY (provider, reference),
  CONSTRAINT payment_plan_fkey FOREIGN KEY (plan) REFERENCES plan(id),
  CONSTRAINT payment_provider_check CHECK (provider = ANY (ARRAY['manual'::text, 'stripe'::text, 'apple'::text])),
  CONSTRAINT payment_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 255),
  CONSTRAINT payment_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id)
);
CREATE INDEX payment_account_idx ON payment USING btree (account_id);
CREATE INDEX payment_subscription_idx ON payment USING btree (subscription_id, period_start) WHERE subscription_id IS NOT NULL;
GRANT INSERT, SELECT, UPDATE ON payment TO turnpike_credits_service;

CREATE TABLE plan (
  id text NOT NULL,
  amount bigint NOT NULL,
  period text NOT NULL,
  lifetime_periods integer,
  priority smallint NOT NULL,
  withdrawn_at timestamp with time zone,
  name text NOT NULL DEFAULT ''::text,
  description text NOT NULL DEFAULT ''::text,
  rank integer NOT NULL DEFAULT 0,
  tier text NOT NULL DEFAULT 'free'::text,
  price_amount bigint,
  price_currency text,
  price_period text,
  checkout text NOT NULL DEFAULT 'none'::text,
  stripe_price_id text,
  public boolean NOT NULL DEFAULT false,
  trial_days integer NOT NULL DEFAULT 0,
  features jsonb NOT NULL DEFAULT '[]'::jsonb,
  limits jsonb NOT NULL DEFAULT '{}'::jsonb,
  CONSTRAINT plan_amount_check CHECK (amount > 0),
  CONSTRAINT plan_check CHECK ((price_amount IS NULL) = (price_currency IS NULL) AND (price_amount IS NULL) = (price_period IS NULL)),
  CONSTRAINT plan_checkout_check CHECK (checkout = ANY (ARRAY['none'::text, 'manual'::text, 'stripe'::text])),
  CONSTRAINT plan_id_check CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,31}$'::text),
  CONSTRAINT plan_lifetime_periods_check CHECK (lifetime_periods > 0),
  CONSTRAINT plan_period_check CHECK (period = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text])),
  CONSTRAINT plan_pkey PRIMARY KEY (id),
  CONSTRAINT plan_price_amount_check CHECK (price_amount > 0),
  CONSTRAINT plan_price_currency_check CHECK (price_currency ~ '^[a-z]{3}$'::text),
  CONSTRAINT plan_price_period_check CHECK (price_period = ANY (ARRAY['month'::text, 'year'::text])),
  CONSTRAINT plan_trial_days_check CHECK (trial_days >= 0 AND trial_days <= 365)
);
GRANT INSERT, SELECT, UPDATE ON plan TO turnpike_credits_service;

CREATE TABLE plan_price (
  provider text NOT NULL,
  price_id text NOT NULL,
  plan text NOT NULL,
  CONSTRAINT plan_price_pkey PRIMARY KEY (provider, price_id),
  CONSTRAINT plan_price_plan_fkey FOREIGN KEY (plan) REFERENCES plan(id),
  CONSTRAINT plan_price_price_id_check CHECK (length(price_id) >= 1 AND length(price_id) <= 255),
  CONSTRAINT plan_price_provider_check CHECK (provider = ANY (ARRAY['stripe'::text, 'apple'::text]))
);
GRANT INSERT, SELECT, UPDATE ON plan_price TO turnpike_credits_service;

CREATE TABLE price (
  operation text NOT NULL,
  version integer NOT NULL,
  cost bigint NOT NULL,
  transaction_type text NOT NULL,
  retired boolean NOT NULL DEFAULT false,
  source text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  report_id uuid,
  CONSTRAINT price_cost_check CHECK (cost >= 0),
  CONSTRAINT price_operation_check CHECK (operation ~ '^[a-z0-9][a-z0-9_.:-]{0,63}$'::text),
  CONSTRAINT price_pkey PRIMARY KEY (operation, version),
  CONSTRAINT price_source_check CHECK (source = ANY (ARRAY['file'::text, 'admin'::text])),
  CONSTRAINT price_version_check CHECK (version > 0)
);
GRANT INSERT, SELECT ON price TO turnpike_credits_service;

CREATE TABLE reservation (
  id uuid NOT NULL,
  account_id uuid,
  amount bigint NOT NULL,
  state text NOT NULL,
  transaction_type text NOT NULL,
  operation text,
  price_version integer,
  draw_grants uuid[] NOT NULL DEFAULT '{}'::uuid[],
  draw_amounts bigint[] NOT NULL DEFAULT '{}'::bigint[],
  request_hash bytea,
  actor text NOT NULL,
  available_after bigint NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  ended_by text,
  settled_at timestamp with time zone,
  settled_amount bigint,
  entry_id uuid,
  resolved_available bigint,
  CONSTRAINT reservation_amount_check CHECK (amount >= 0),
  CONSTRAINT reservation_check CHECK ((state = 'open'::text) = (ended_at IS NULL)),
  CONSTRAINT reservation_check1 CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CONSTRAINT reservation_check2 CHECK ((state = 'settled'::text) = (settled_at IS NOT NULL)),
  CONSTRAINT reservation_check3 CHECK ((settled_at IS NULL) = (settled_amount IS NULL) AND (settled_at IS NULL) = (entry_id IS NULL)),
  CONSTRAINT reservation_check4 CHECK (account_id IS NOT NULL OR state = 'released'::text AND amount = 0),
  CONSTRAINT reservation_check5 CHECK (cardinality(draw_grants) = cardinality(draw_amounts)),
  CONSTRAINT reservation_ended_by_check CHECK (ended_by = ANY (ARRAY['settle'::text, 'release'::text, 'expiry'::text])),
  CONSTRAINT reservation_pkey PRIMARY KEY (id),
  CONSTRAINT reservation_settled_amount_check CHECK (settled_amount >= 0),
  CONSTRAINT reservation_state_check CHECK (state = ANY (ARRAY['open'::text, 'settled'::text, 'released'::text, 'expired'::text]))
) WITH (fillfactor=80);
CREATE INDEX reservation_due_idx ON reservation USING btree (expires_at) WHERE state = 'open'::text;
CREATE INDEX reservation_open_idx ON reservation USING btree (account_id) WHERE state = 'open'::text;
GRANT INSERT, SELECT, UPDATE ON reservation TO turnpike_credits_service;

CREATE TABLE subscription (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  plan text NOT NULL,
  provider text NOT NULL,
  status text NOT NULL,
  cause text,
  current_period_start timestamp with time zone,
  current_period_end timestamp with time zone,
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  scheduled_plan text,
  trial_ends_at timestamp with time zone,
  grace_ends_at timestamp with time zone,
  due_at timestamp with time zone,
  beneficiary_id uuid,
  provider_ref text,
  seen_at timestamp with time zone,
  checkout_ref text,
  checkout_url text,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT subscription_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  CONSTRAINT subscription_check CHECK ((status = 'canceled'::text) = (ended_at IS NOT NULL)),
  CONSTRAINT subscription_check1 CHECK (status <> 'past_due'::text OR grace_ends_at IS NOT NULL),
  CONSTRAINT subscription_pkey PRIMARY KEY (id),
  CONSTRAINT subscription_plan_fkey FOREIGN KEY (plan) REFERENCES plan(id),
  CONSTRAINT subscription_provider_check CHECK (provider = ANY (ARRAY['none'::text, 'manual'::text, 'stripe'::text, 'apple'::text])),
  CONSTRAINT subscription_provider_provider_ref_key UNIQUE (provider, provider_ref),
  CONSTRAINT subscription_scheduled_plan_fkey FOREIGN KEY (scheduled_plan) REFERENCES plan(id),
  CONSTRAINT subscription_status_check CHECK (status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'canceled'::text]))
);
CREATE INDEX subscription_account_idx ON subscription USING btree (account_id, id DESC);
CREATE INDEX subscription_beneficiary_idx ON subscription USING btree (beneficiary_id) WHERE beneficiary_id IS NOT NULL;
CREATE UNIQUE INDEX subscription_checkout_idx ON subscription USING btree (account_id) WHERE status = 'incomplete'::text;
CREATE INDEX subscription_due_idx ON subscription USING btree (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX subscription_plan_idx ON subscription USING btree (plan, account_id) WHERE status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text]);
CREATE UNIQUE INDEX subscription_running_idx ON subscription USING btree (account_id) WHERE status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text]);
GRANT INSERT, SELECT, UPDATE ON subscription TO turnpike_credits_service;

CREATE TABLE transfer (
  entry_id uuid NOT NULL,
  line smallint NOT NULL,
  account_id uuid NOT NULL,
  seq bigint,
  net_amount bigint,
  balance_after bigint,
  kind text NOT NULL,
  type text NOT NULL,
  debit text NOT NULL,
  credit text NOT NULL,
  amount bigint NOT NULL,
  grant_id uuid,
  reservation_id uuid,
  operation text,
  price_version integer,
  actor text NOT NULL,
  reason text,
  drawn_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT transfer_amount_check CHECK (amount > 0),
  CONSTRAINT transfer_check CHECK (debit <> credit),
  CONSTRAINT transfer_check1 CHECK ((debit = 'wallet'::text OR credit = 'wallet'::text) = (grant_id IS NOT NULL)),
  CONSTRAINT transfer_check2 CHECK (seq IS NULL OR line = 0 AND net_amount IS NOT NULL AND balance_after IS NOT NULL),
  CONSTRAINT transfer_credit_check CHECK (credit = ANY (ARRAY['wallet'::text, 'debt'::text, 'issuance'::text, 'revenue'::text, 'breakage'::text, 'write_off'::text, 'moved_debt'::text])),
  CONSTRAINT transfer_debit_check CHECK (debit = ANY (ARRAY['wallet'::text, 'debt'::text, 'issuance'::text, 'revenue'::text, 'breakage'::text, 'write_off'::text, 'moved_debt'::text])),
  CONSTRAINT transfer_kind_check CHECK (kind = ANY (ARRAY['grant'::text, 'charge'::text, 'repayment'::text, 'expiry'::text, 'void'::text, 'write_off'::text, 'debt_moved'::text])),
  CONSTRAINT transfer_pkey PRIMARY KEY (entry_id, line)
);
CREATE UNIQUE INDEX transfer_history_idx ON transfer USING btree (account_id, seq) WHERE seq IS NOT NULL;
CREATE TRIGGER transfer_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION transfer_is_append_only();
GRANT INSERT, SELECT ON transfer TO turnpike_credits_service;

CREATE TABLE verification (
  invariant text NOT NULL,
  violations bigint NOT NULL,
  checked_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT verification_pkey PRIMARY KEY (invariant),
  CONSTRAINT verification_violations_check CHECK (violations >= 0)
);
GRANT INSERT, SELECT, UPDATE ON verification TO turnpike_credits_service;

-- FUNCTION billing_buy_credits(p_account_id uuid, p_provider text, p_reference text, p_amount bigint) RETURNS uuid
-- FUNCTION billing_cut_payment(p_provider text, p_reference text, p_at timestamp with time zone) RETURNS void
-- FUNCTION billing_grant_change(p_account_id uuid, p_subscription_id uuid, p_from_plan text, p_to_plan text, p_at timestamp with time zone) RETURNS uuid
-- FUNCTION billing_grant_trial(p_account_id uuid, p_plan text, p_start timestamp with time zone, p_end timestamp with time zone) RETURNS void
-- FUNCTION billing_lock_account(p_owner_type text, p_owner_id uuid) RETURNS uuid
-- FUNCTION billing_pay_transaction(p_subscription_id uuid, p_plan text, p_provider text, p_reference text, p_start timestamp with time zone, p_end timestamp with time zone) RETURNS boolean
-- FUNCTION billing_reinstate(p_provider text, p_reference text) RETURNS void
-- FUNCTION billing_reverse(p_provider text, p_reference text) RETURNS void
-- FUNCTION billing_tell(p_account_id uuid) RETURNS void
-- FUNCTION billing_term_end(p_anchor timestamp with time zone, p_period text, p_from timestamp with time zone, p_periods integer) RETURNS timestamp with time zone
-- FUNCTION ledger_balance(p_owner_type text, p_owner_id uuid) RETURNS TABLE(account_id uuid, status text, available bigint, held bigint, debt bigint, earned bigint, spent bigint, entries bigint)
-- FUNCTION ledger_close_account(p_owner_type text, p_owner_id uuid) RETURNS integer
-- FUNCTION ledger_end_allowance(p_owner_type text, p_owner_id uuid, p_plan text) RETURNS boolean
-- FUNCTION ledger_erase_owner(p_owner_type text, p_owner_id uuid) RETURNS jsonb
-- FUNCTION ledger_exact_credits(p_micro bigint) RETURNS numeric
-- FUNCTION ledger_expire_account(p_account_id uuid, p_now timestamp with time zone) RETURNS bigint
-- FUNCTION ledger_expire_grants(p_limit integer) RETURNS integer
-- FUNCTION ledger_expire_holds(p_limit integer) RETURNS integer
-- FUNCTION ledger_extend(p_id uuid, p_owner_type text, p_owner_id uuid, p_ttl interval, p_life_max interval) RETURNS jsonb
-- FUNCTION ledger_follow_owner(p_owner_type text, p_owner_id uuid, p_open boolean, p_revision bigint, p_ends_allowances boolean) RETURNS text
-- FUNCTION ledger_fund_allowance(p_account_id uuid, p_plan text, p_anchor_at timestamp with time zone, p_from timestamp with time zone, p_until timestamp with time zone, p_from_grants boolean) RETURNS void
-- FUNCTION ledger_grant(p_args jsonb) RETURNS jsonb
-- FUNCTION ledger_grant_period(p_allowance allowance, p_plan plan, p_number integer) RETURNS jsonb
-- FUNCTION ledger_grant_to(v_account_id uuid, p_args jsonb) RETURNS jsonb
-- FUNCTION ledger_join_lineage(p_owner_id uuid, p_lineage_id uuid) RETURNS boolean
-- FUNCTION ledger_lag() RETURNS TABLE(job text, seconds double precision)
-- FUNCTION ledger_load_plans(p_items jsonb) RETURNS void
-- FUNCTION ledger_load_prices(p_items jsonb) RETURNS integer
-- FUNCTION ledger_move_debts(p_lineage_id uuid) RETURNS integer
-- FUNCTION ledger_move_due_debts() RETURNS integer
-- FUNCTION ledger_new_id() RETURNS uuid
-- FUNCTION ledger_now() RETURNS timestamp with time zone
-- FUNCTION ledger_once(p_scope text, p_key_digest bytea, p_request_hash bytea, p_command text, p_args jsonb) RETURNS jsonb
-- FUNCTION ledger_open_account(p_owner_type text, p_owner_id uuid) RETURNS uuid
-- FUNCTION ledger_owner_digest(p_owner_type text, p_owner_id uuid) RETURNS bytea
-- FUNCTION ledger_period_start(p_anchor timestamp with time zone, p_period text, p_number integer) RETURNS timestamp with time zone
-- FUNCTION ledger_price(p_operation text) RETURNS price
-- FUNCTION ledger_renew(p_limit integer, p_periods_max integer) RETURNS integer
-- FUNCTION ledger_renew_one(p_account_id uuid, p_plan text, p_periods_max integer) RETURNS integer
-- FUNCTION ledger_repay(p_account_id uuid, p_now timestamp with time zone) RETURNS void
-- FUNCTION ledger_report(p_report jsonb, p_members jsonb, p_detail jsonb) RETURNS void
-- FUNCTION ledger_report_on_account(p_report jsonb, p_account account, p_detail jsonb) RETURNS void
-- FUNCTION ledger_reserve(p_items jsonb) RETURNS jsonb
-- FUNCTION ledger_reserve_again(p_known reservation, p_account_id uuid, p_item reserve_item) RETURNS jsonb
-- FUNCTION ledger_reserve_for_account(p_account_id uuid, p_items reserve_item[], p_some_known boolean, OUT answers jsonb[], OUT holds reservation[], OUT grants uuid[], OUT drawn bigint[]) RETURNS record
-- FUNCTION ledger_resolve(p_items jsonb) RETURNS jsonb
-- FUNCTION ledger_resolved(r reservation, p_action text) RETURNS jsonb
-- FUNCTION ledger_resume_allowances(p_account_id uuid) RETURNS void
-- FUNCTION ledger_set_price(p_operation text, p_cost bigint, p_transaction_type text, p_source text, p_report jsonb) RETURNS price
-- FUNCTION ledger_spend(p_args jsonb) RETURNS jsonb
-- FUNCTION ledger_start_allowance(p_owner_type text, p_owner_id uuid, p_plan text, p_anchor_at timestamp with time zone) RETURNS jsonb
-- FUNCTION ledger_take(p_account_id uuid, p_amount bigint, p_now timestamp with time zone) RETURNS TABLE(grant_id uuid, taken bigint)
-- FUNCTION ledger_void_grant(p_grant_id uuid, p_report jsonb) RETURNS jsonb
-- FUNCTION ledger_whole_credits(p_micro bigint) RETURNS bigint
-- FUNCTION ledger_write_off(p_owner_type text, p_owner_id uuid, p_actor text, p_reason text, p_report jsonb) RETURNS jsonb
-- FUNCTION ledger_write_resolutions(p_resolutions resolution[], p_charges transfer[]) RETURNS void
-- FUNCTION ledger_write_sums(p_accounts account[], p_grants uuid[], p_used bigint[], p_drawn bigint[]) RETURNS void
-- FUNCTION transfer_is_append_only() RETURNS trigger
