-- What the migrations and function files make, for readers. Written by `migrate dump`; a test holds it fresh.

CREATE TABLE erased_user (
  user_id text NOT NULL,
  erased_at timestamp(3) with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT erased_user_pkey PRIMARY KEY (user_id)
);
GRANT INSERT, SELECT ON erased_user TO turnpike_example_service;

CREATE TABLE moment (
  id uuid NOT NULL,
  path text NOT NULL,
  name text NOT NULL,
  one_liner text NOT NULL,
  year integer,
  visibility text NOT NULL,
  created_by text,
  status text NOT NULL,
  created_at timestamp(3) with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT moment_check CHECK (visibility = 'public'::text OR created_by IS NOT NULL),
  CONSTRAINT moment_pkey PRIMARY KEY (id),
  CONSTRAINT moment_status_check CHECK (status = ANY (ARRAY['processing'::text, 'completed'::text])),
  CONSTRAINT moment_visibility_check CHECK (visibility = ANY (ARRAY['public'::text, 'private'::text]))
);
CREATE INDEX moment_created_by_idx ON moment USING btree (created_by, id DESC);
CREATE UNIQUE INDEX moment_private_path_key ON moment USING btree (created_by, path) WHERE visibility = 'private'::text;
CREATE INDEX moment_processing_idx ON moment USING btree (id) WHERE status = 'processing'::text;
CREATE INDEX moment_public_idx ON moment USING btree (id DESC) WHERE visibility = 'public'::text;
CREATE UNIQUE INDEX moment_public_path_key ON moment USING btree (path) WHERE visibility = 'public'::text;
CREATE INDEX moment_public_year_idx ON moment USING btree (year) WHERE visibility = 'public'::text AND year IS NOT NULL;
CREATE TRIGGER moment_refuse_erased BEFORE INSERT ON moment FOR EACH ROW EXECUTE FUNCTION refuse_erased_user('created_by');
GRANT DELETE, INSERT, SELECT, UPDATE ON moment TO turnpike_example_service;

CREATE TABLE timepoint (
  id uuid NOT NULL,
  user_id text,
  query text NOT NULL,
  preset text NOT NULL,
  generate_image boolean NOT NULL,
  status text NOT NULL,
  title text,
  slug text,
  year integer,
  scene text,
  image_url text,
  parent_id uuid,
  created_at timestamp(3) with time zone NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamp(3) with time zone,
  CONSTRAINT timepoint_pkey PRIMARY KEY (id),
  CONSTRAINT timepoint_status_check CHECK (status = ANY (ARRAY['processing'::text, 'completed'::text]))
);
CREATE INDEX timepoint_processing_idx ON timepoint USING btree (id) WHERE status = 'processing'::text;
CREATE INDEX timepoint_user_id_idx ON timepoint USING btree (user_id, id DESC);
CREATE TRIGGER timepoint_refuse_erased BEFORE INSERT ON timepoint FOR EACH ROW EXECUTE FUNCTION refuse_erased_user('user_id');
GRANT DELETE, INSERT, SELECT, UPDATE ON timepoint TO turnpike_example_service;

-- FUNCTION erase_user(p_user_id text, OUT timepoints integer, OUT moments integer) RETURNS record
-- FUNCTION refuse_erased_user() RETURNS trigger
