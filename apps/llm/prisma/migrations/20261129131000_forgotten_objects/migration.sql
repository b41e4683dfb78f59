-- What people who were erased had kept at vendors, until it is deleted there too: nobody's, and named by the vendor's ids alone.
CREATE TABLE forgotten_object (
  credential_id text NOT NULL,
  id            text NOT NULL,
  kind          text NOT NULL,
  failures      integer NOT NULL DEFAULT 0,
  due_at        timestamptz NOT NULL DEFAULT now(),
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (credential_id, id)
);
CREATE INDEX forgotten_object_due_at_idx ON forgotten_object (due_at);
CREATE INDEX forgotten_object_created_at_idx ON forgotten_object (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON forgotten_object TO turnpike_llm_service;
