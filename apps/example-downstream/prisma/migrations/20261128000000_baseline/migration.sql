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
-- The earliest and the latest public moment are looked up, not searched for.
CREATE INDEX moment_public_year_idx ON moment (year) WHERE visibility = 'public' AND year IS NOT NULL;
CREATE INDEX moment_processing_idx ON moment (id) WHERE status = 'processing';

CREATE TABLE erased_user (
  user_id   text PRIMARY KEY,
  erased_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

GRANT USAGE ON SCHEMA public TO turnpike_example_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON timepoint, moment TO turnpike_example_service;
GRANT SELECT, INSERT ON erased_user TO turnpike_example_service;
