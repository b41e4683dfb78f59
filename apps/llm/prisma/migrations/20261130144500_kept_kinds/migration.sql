-- Stored completions, vector stores, containers, skills and interactions are kept besides (kept-paths.ts).
ALTER TABLE kept_object DROP CONSTRAINT kept_object_kind_check,
  ADD CONSTRAINT kept_object_kind_check CHECK (kind IN ('file', 'upload', 'response', 'conversation', 'completion', 'vector_store', 'container', 'skill', 'interaction'));
CREATE INDEX kept_object_monthly_idx ON kept_object (created_at) WHERE kind IN ('completion', 'container');
CREATE INDEX kept_object_interaction_idx ON kept_object (created_at) WHERE kind = 'interaction';
-- The model that made a response or a completion, whose rules hold for it when it is read again.
ALTER TABLE kept_object ADD COLUMN model text;

-- When a key last held of its limit, and whether that was one in all: what has been spent of others matters for a month. Of a key that has not called
-- since before this nobody knows it.
ALTER TABLE key_budget ADD COLUMN used_on date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
  ADD COLUMN total boolean NOT NULL DEFAULT true;
CREATE INDEX key_budget_used_on_idx ON key_budget (used_on) WHERE NOT total;
