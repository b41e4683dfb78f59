-- Records what the users service said of an active user: its tier, and that it may sign in. Returns false, changing nothing, where the account was stopped
-- since `p_revision` was read. A deleted account stays deleted.
CREATE OR REPLACE FUNCTION account_set_active(p_user_id uuid, p_tier text, p_revision bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  was text;
BEGIN
  SELECT tier INTO was FROM account WHERE user_id = p_user_id AND status <> 'deleted' AND revision = p_revision FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE account SET tier = p_tier, status = 'active' WHERE user_id = p_user_id;
  IF was <> p_tier THEN INSERT INTO revocation (kind, target_id) VALUES ('account', p_user_id); END IF;
  RETURN true;
END
$$;
