-- Locks a live project in which a person may make keys: an own one of an active user, or one of an organisation that they are an admin of.
-- Whoever changes the person, the organisation or the project does so before or after. No row: no such project.
CREATE OR REPLACE FUNCTION project_lock_for_keys(p_project_id uuid, p_user_id uuid)
RETURNS SETOF project
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  owner_id uuid;
BEGIN
  PERFORM 1 FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR SHARE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT p.organisation_id INTO owner_id FROM project p WHERE p.id = p_project_id;
  IF owner_id IS NOT NULL AND NOT organisation_has_admin(owner_id, p_user_id) THEN RETURN; END IF;
  RETURN QUERY
    SELECT p.* FROM project p
     WHERE p.id = p_project_id AND p.deleted_at IS NULL AND (p.user_id = p_user_id OR p.organisation_id = owner_id)
       FOR NO KEY UPDATE;
END
$$;
