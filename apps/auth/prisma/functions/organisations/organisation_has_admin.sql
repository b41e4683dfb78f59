-- Whether a person is an active admin or owner of an active organisation. Until the transaction ends its members stay as they are.
CREATE OR REPLACE FUNCTION organisation_has_admin(p_organisation_id uuid, p_user_id uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM 1 FROM organisation o WHERE o.id = p_organisation_id AND o.status = 'active' FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  RETURN EXISTS (
    SELECT 1 FROM membership m
     WHERE m.organisation_id = p_organisation_id AND m.user_id = p_user_id AND m.status = 'active' AND m.role IN ('admin', 'owner'));
END
$$;
