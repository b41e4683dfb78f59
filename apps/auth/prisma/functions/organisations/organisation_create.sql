-- Makes an organisation with its owner and a default project in each environment. Locking the account makes concurrent calls of one
-- person count one after another.
-- outcome: created | inactive | too_many_owned | too_many_memberships | slug_taken
CREATE OR REPLACE FUNCTION organisation_create(
  p_id uuid, p_membership_id uuid, p_user_id uuid, p_name text, p_slug text, p_billing_email text, p_owned_max integer, p_memberships_max integer
) RETURNS TABLE (outcome text, created_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  owned integer;
  memberships integer;
  now_at timestamptz;
BEGIN
  PERFORM 1 FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'inactive', NULL::timestamptz;
    RETURN;
  END IF;
  SELECT count(*) FILTER (WHERE m.role = 'owner'), count(*) INTO owned, memberships
    FROM membership m JOIN organisation o ON o.id = m.organisation_id
   WHERE m.user_id = p_user_id AND o.status <> 'archived';
  IF owned >= p_owned_max OR memberships >= p_memberships_max THEN
    RETURN QUERY SELECT CASE WHEN owned >= p_owned_max THEN 'too_many_owned' ELSE 'too_many_memberships' END, NULL::timestamptz;
    RETURN;
  END IF;
  IF NOT organisation_slug_claim(p_id, p_slug) THEN
    RETURN QUERY SELECT 'slug_taken', NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  INSERT INTO organisation (id, name, billing_email, created_by, created_at, updated_at)
  VALUES (p_id, p_name, p_billing_email, p_user_id, now_at, now_at);
  INSERT INTO membership (id, organisation_id, user_id, role, joined_at, updated_at)
  VALUES (p_membership_id, p_id, p_user_id, 'owner', now_at, now_at);
  INSERT INTO project (id, organisation_id, environment, name, created_at, updated_at)
  SELECT uuid_v7(), p_id, environment, 'Default project', now_at, now_at FROM unnest(ARRAY['prod', 'test']) AS environment;
  RETURN QUERY SELECT 'created', now_at;
END
$$;
