-- Tells what an account's subscription gives its owner now. Auth, of an organisation: plan, tier and limits; the tier `free` without one, and once
-- the grace of an unpaid one is over. Users, of a person: plan and tier; none in those cases. The caller has locked the account. Revisions grow, so
-- that of two events the later change is known.
CREATE OR REPLACE FUNCTION billing_tell(p_account_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_account account%ROWTYPE;
  v_now record;
BEGIN
  UPDATE account SET subscription_revision = subscription_revision + 1
   WHERE id = p_account_id AND owner_id IS NOT NULL RETURNING * INTO v_account;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT s.id, s.plan, s.status, s.grace_ends_at, p.limits,
         CASE WHEN s.status = 'past_due' AND s.grace_ends_at <= ledger_now() THEN 'free' ELSE p.tier END AS tier INTO v_now
    FROM subscription s JOIN plan p ON p.id = s.plan
   WHERE s.account_id = p_account_id AND s.status IN ('trialing', 'active', 'past_due');
  IF v_account.owner_type = 'user' THEN
    INSERT INTO outbox (id, type, payload) VALUES (ledger_new_id(), 'user.plan_changed', jsonb_build_object(
      'user_id', v_account.owner_id, 'plan', v_now.plan, 'tier', nullif(v_now.tier, 'free'), 'revision', v_account.subscription_revision));
    RETURN;
  END IF;
  INSERT INTO outbox (id, type, payload) VALUES (ledger_new_id(), 'subscription.changed', jsonb_build_object(
    'owner_type', v_account.owner_type, 'owner_id', v_account.owner_id, 'subscription_id', v_now.id, 'plan', v_now.plan, 'status', v_now.status,
    'tier', coalesce(v_now.tier, 'free'), 'limits', coalesce(v_now.limits, '{}'),
    'grace_ends_at', to_char(v_now.grace_ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'revision', v_account.subscription_revision));
END
$$;
