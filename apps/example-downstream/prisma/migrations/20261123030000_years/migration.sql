-- The earliest and the latest public moment are looked up, not searched for.
CREATE INDEX moment_public_year_idx ON moment (year) WHERE visibility = 'public' AND year IS NOT NULL;
