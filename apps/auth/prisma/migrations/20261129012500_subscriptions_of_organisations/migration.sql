-- What credits says that an organisation's subscription gives it; `plan` and `tier` are there already. Events of it overtake each other.
ALTER TABLE organisation
  ADD COLUMN subscription_id uuid,
  ADD COLUMN subscription_status text,
  ADD COLUMN limits jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN subscription_revision bigint NOT NULL DEFAULT 0;
