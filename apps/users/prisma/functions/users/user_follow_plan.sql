-- Takes over what a person's own plan gives them: `p_tier`, null for no plan, which stands in place of each tier of `p_above` and of no other. Without a
-- plan they have what they had before it, or what they were given meanwhile. Sends the others an event for a new tier. No row: unknown, deleted, or
-- overtaken by a later revision.
CREATE OR REPLACE FUNCTION user_follow_plan(p_id uuid, p_tier text, p_above text[], p_revision bigint, p_event_id uuid)
RETURNS TABLE (tier text, tier_before text)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_before app_user;
  v_own text;
  v_tier text;
BEGIN
  SELECT * INTO v_before FROM app_user u WHERE u.id = p_id AND u.status <> 'deleted' AND u.plan_revision < p_revision FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  v_own := coalesce(v_before.tier_without_plan, v_before.tier);
  v_tier := CASE
    -- A period more of the same plan changes nothing, also not what the person was given meanwhile.
    WHEN p_tier IS NOT DISTINCT FROM v_before.plan_tier THEN v_before.tier
    WHEN v_own = ANY (p_above) THEN p_tier
    ELSE v_own
  END;
  UPDATE app_user AS u SET
    tier = v_tier, plan_tier = p_tier, tier_without_plan = CASE WHEN p_tier IS NOT NULL THEN v_own END, plan_revision = p_revision, updated_at = now()
  WHERE u.id = p_id;
  IF v_tier <> v_before.tier THEN
    INSERT INTO outbox (id, type, payload) VALUES (p_event_id, 'user.updated', jsonb_build_object('user_id', p_id, 'tier', v_tier));
  END IF;
  RETURN QUERY SELECT v_tier, v_before.tier;
END
$$;
