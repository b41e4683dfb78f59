-- What a person's own plan gives them (`plan_tier`), and what they have without it.
ALTER TABLE app_user
  ADD COLUMN plan_tier text CHECK (plan_tier ~ '^[a-z][a-z0-9_-]{0,31}$'),
  ADD COLUMN tier_without_plan text CHECK (tier_without_plan ~ '^[a-z][a-z0-9_-]{0,31}$'),
  ADD COLUMN plan_revision bigint NOT NULL DEFAULT 0;
