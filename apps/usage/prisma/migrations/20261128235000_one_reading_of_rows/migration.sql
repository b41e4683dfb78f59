-- Rows are read once: usage_append(jsonb, json) and usage_write(json, bigint[]) stand in the place of these, which no release had.
DROP FUNCTION IF EXISTS usage_store(jsonb);
DROP FUNCTION IF EXISTS usage_write(jsonb);
