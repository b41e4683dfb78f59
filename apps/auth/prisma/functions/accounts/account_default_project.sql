-- Every account has a project from its first moment, whichever way it came to be.
CREATE OR REPLACE FUNCTION account_default_project() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO project (id, user_id, name) VALUES (uuid_v7(), NEW.user_id, 'Default project');
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER account_default_project AFTER INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_default_project();
