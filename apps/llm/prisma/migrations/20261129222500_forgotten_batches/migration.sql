-- Batches of people who were erased, until their holds are returned and nothing of them is left at the vendor: nobody's, and named by the vendor's ids alone.
CREATE TABLE forgotten_batch (
  id            uuid PRIMARY KEY,
  credential_id text NOT NULL,
  -- Where the vendor has it, and the query that its API wants.
  base_path     text NOT NULL,
  query         text NOT NULL,
  -- One whose id nobody was told is known by the file of its requests, and by when it was made.
  vendor_id     text,
  input_file_id text,
  made_at       timestamptz NOT NULL,
  -- What it holds at the ledger and of its key's limit; none once that is returned.
  hold_id       text,
  spend_id      uuid,
  failures      integer NOT NULL DEFAULT 0,
  due_at        timestamptz NOT NULL DEFAULT now(),
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX forgotten_batch_due_at_idx ON forgotten_batch (due_at);
CREATE INDEX forgotten_batch_created_at_idx ON forgotten_batch (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON forgotten_batch TO turnpike_llm_service;
