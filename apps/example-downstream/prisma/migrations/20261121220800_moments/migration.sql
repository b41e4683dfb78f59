-- The example backend: scenes, moments, and the ids of users that were erased.

CREATE TABLE timepoint (
  id             uuid PRIMARY KEY,
  user_id        text,
  query          text NOT NULL,
  preset         text NOT NULL,
  generate_image boolean NOT NULL,
  status         text NOT NULL CHECK (status IN ('processing', 'completed')),
  title          text,
  slug           text,
  year           integer,
  scene          text,
  image_url      text,
  parent_id      uuid,
  created_at     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  completed_at   timestamptz(3)
);
CREATE INDEX timepoint_user_id_idx ON timepoint (user_id, id DESC);
CREATE INDEX timepoint_processing_idx ON timepoint (id) WHERE status = 'processing';

CREATE TABLE moment (
  id         uuid PRIMARY KEY,
  path       text NOT NULL,
  name       text NOT NULL,
  one_liner  text NOT NULL,
  year       integer,
  visibility text NOT NULL CHECK (visibility IN ('public', 'private')),
  created_by text,
  status     text NOT NULL CHECK (status IN ('processing', 'completed')),
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CHECK (visibility = 'public' OR created_by IS NOT NULL)
);
-- Two namespaces: a path refused because somebody else holds it privately would tell that they do.
CREATE UNIQUE INDEX moment_public_path_key ON moment (path) WHERE visibility = 'public';
CREATE UNIQUE INDEX moment_private_path_key ON moment (created_by, path) WHERE visibility = 'private';
CREATE INDEX moment_created_by_idx ON moment (created_by, id DESC);
CREATE INDEX moment_public_idx ON moment (id DESC) WHERE visibility = 'public';
CREATE INDEX moment_processing_idx ON moment (id) WHERE status = 'processing';

CREATE TABLE erased_user (
  user_id   text PRIMARY KEY,
  erased_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- Nothing is written for a user who was erased. The shared lock makes an insert wait for an erasure under way, and the other way round.
CREATE FUNCTION refuse_erased_user() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_user_id text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
  IF v_user_id IS NULL THEN RETURN NEW; END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(v_user_id, 0));
  IF EXISTS (SELECT FROM erased_user e WHERE e.user_id = v_user_id) THEN
    RAISE EXCEPTION 'this user was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'user_not_erased';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER timepoint_refuse_erased BEFORE INSERT ON timepoint FOR EACH ROW EXECUTE FUNCTION refuse_erased_user('user_id');
CREATE TRIGGER moment_refuse_erased BEFORE INSERT ON moment FOR EACH ROW EXECUTE FUNCTION refuse_erased_user('created_by');

-- Erases all of a user's rows; gives how many. Repeating it finds nothing and changes nothing.
CREATE FUNCTION erase_user(p_user_id text, OUT timepoints integer, OUT moments integer) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_user_id, 0));
  INSERT INTO erased_user (user_id) VALUES (p_user_id) ON CONFLICT DO NOTHING;
  DELETE FROM timepoint WHERE user_id = p_user_id;
  GET DIAGNOSTICS timepoints = ROW_COUNT;
  DELETE FROM moment WHERE created_by = p_user_id;
  GET DIAGNOSTICS moments = ROW_COUNT;
END
$$;

GRANT USAGE ON SCHEMA public TO turnpike_example_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON timepoint, moment TO turnpike_example_service;
GRANT SELECT, INSERT ON erased_user TO turnpike_example_service;
