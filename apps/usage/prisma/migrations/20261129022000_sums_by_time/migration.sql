-- Everybody's last day: rows come in the order of time, so that their blocks are found by it, and an index of them costs ingestion next to nothing.
CREATE INDEX usage_hour_total_at_idx ON usage_hour_total USING brin (at) WITH (pages_per_range = 16, autosummarize = on);
