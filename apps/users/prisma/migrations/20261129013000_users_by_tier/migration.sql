-- Operators list the users of a tier.
CREATE INDEX app_user_tier_idx ON app_user (tier, id DESC);
