-- Batches that callers made at vendors, from before they are made until they are accounted for (ADR 36). creating: sent, and nobody knows yet whether
-- there is one; open: the vendor has it; ended: what it used is known, and told to nobody; settled: all is told; refused: there is none.
CREATE TABLE batch (
  id              uuid PRIMARY KEY,
  state           text NOT NULL DEFAULT 'creating' CHECK (state IN ('creating', 'open', 'ended', 'settled', 'refused')),
  provider        text NOT NULL,
  credential_id   text NOT NULL,
  resource        text,
  -- Where the vendor has it, and the query that its API wants.
  base_path       text NOT NULL,
  query           text NOT NULL,
  vendor_id       text,
  organisation_id uuid,
  environment     text,
  user_id         uuid,
  key_id          uuid,
  request_id      text NOT NULL,
  -- By which a batch is known whose id nobody was told: the file of its requests, and how many there are.
  input_file_id   text,
  requests        integer NOT NULL CHECK (requests > 0),
  violations      integer NOT NULL DEFAULT 0,
  -- What it is charged by: prices, tariff and margin of when it was made.
  terms           jsonb NOT NULL,
  -- What is held, in micro-credits, under which id of the ledger; the number counts its renewals.
  held            bigint NOT NULL CHECK (held >= 0),
  hold_id         text,
  hold_number     integer NOT NULL DEFAULT 0,
  hold_made_at    timestamptz NOT NULL DEFAULT now(),
  -- What it has of its key's limit.
  spend_id        uuid,
  -- As the vendor described it last; none once it is deleted there.
  object          jsonb,
  outcome         text,
  usage           jsonb,
  usage_source    text,
  cost            bigint CHECK (cost >= 0),
  failures        integer NOT NULL DEFAULT 0,
  missing_since   timestamptz,
  -- When it is looked at next; none once it is done with.
  look_at         timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  done_at         timestamptz,
  CHECK ((organisation_id IS NULL) = (environment IS NULL)),
  CHECK (organisation_id IS NOT NULL OR user_id IS NOT NULL),
  CHECK ((state IN ('settled', 'refused')) = (done_at IS NOT NULL)),
  CHECK ((state IN ('settled', 'refused')) = (look_at IS NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX batch_vendor_idx ON batch (credential_id, vendor_id) WHERE vendor_id IS NOT NULL;
CREATE INDEX batch_organisation_idx ON batch (organisation_id, environment, credential_id, created_at, id) WHERE organisation_id IS NOT NULL;
CREATE INDEX batch_user_idx ON batch (user_id, credential_id, created_at, id) WHERE user_id IS NOT NULL;
CREATE INDEX batch_look_at_idx ON batch (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX batch_done_at_idx ON batch (done_at) WHERE done_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON batch TO turnpike_llm_service;
