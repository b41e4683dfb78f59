-- Sums by hour and day of all that an owner did, beside those by user, key, project and route: what is asked most often reads few rows, however many keys
-- there are.
ALTER TABLE usage_rollup DROP CONSTRAINT usage_rollup_unit_check;
ALTER TABLE usage_rollup ADD CONSTRAINT usage_rollup_unit_check CHECK (unit IN ('minute', 'hour', 'day', 'hour_total', 'day_total'));
CREATE TABLE usage_hour_total PARTITION OF usage_rollup FOR VALUES IN ('hour_total') PARTITION BY RANGE (at);
CREATE TABLE usage_day_total PARTITION OF usage_rollup FOR VALUES IN ('day_total') PARTITION BY RANGE (at);
