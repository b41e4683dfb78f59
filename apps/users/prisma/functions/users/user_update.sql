-- Changes what the caller named and sends the others an event for a new tier, which stands beside a plan until the plan changes, and after it. No
-- row: unknown, or deleted.
CREATE OR REPLACE FUNCTION user_update(
  p_id uuid,
  p_set_email boolean, p_email text, p_email_verified boolean,
  p_set_display_name boolean, p_display_name text,
  p_tier text, p_event_id uuid
)
RETURNS TABLE (
  id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamptz, updated_at timestamptz, tier_before text
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_before app_user;
BEGIN
  SELECT * INTO v_before FROM app_user u WHERE u.id = p_id AND u.status <> 'deleted' FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF p_tier IS NOT NULL AND p_tier <> v_before.tier THEN
    INSERT INTO outbox (id, type, payload) VALUES (p_event_id, 'user.updated', jsonb_build_object('user_id', p_id, 'tier', p_tier));
  END IF;
  RETURN QUERY
    UPDATE app_user AS u SET
      email = CASE WHEN p_set_email THEN p_email ELSE u.email END,
      -- A verification belongs to one address: a new one starts unverified unless the caller vouches for it.
      email_verified = CASE
        WHEN p_set_email AND p_email IS NULL THEN false
        WHEN p_email_verified IS NOT NULL THEN p_email_verified AND coalesce(CASE WHEN p_set_email THEN p_email ELSE u.email END IS NOT NULL, false)
        WHEN p_set_email AND p_email IS DISTINCT FROM u.email THEN false
        ELSE u.email_verified
      END,
      display_name = CASE WHEN p_set_display_name THEN p_display_name ELSE u.display_name END,
      tier = coalesce(p_tier, u.tier),
      tier_without_plan = CASE WHEN u.plan_tier IS NOT NULL THEN coalesce(p_tier, u.tier_without_plan) END,
      updated_at = now()
    WHERE u.id = p_id
    RETURNING u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at, v_before.tier;
END
$$;
