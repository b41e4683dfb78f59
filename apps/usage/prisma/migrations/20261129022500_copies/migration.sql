-- How far the copy of a day's records (unit `record`) or sums from another store is: the key of the last sums that are there, and whether that was all.
ALTER TABLE imported_sums RENAME TO imported_day;
ALTER TABLE imported_day RENAME CONSTRAINT imported_sums_pkey TO imported_day_pkey;
ALTER TABLE imported_day ADD COLUMN last_key jsonb, ADD COLUMN complete boolean NOT NULL DEFAULT false;
ALTER INDEX imported_sums_imported_at_idx RENAME TO imported_day_imported_at_idx;
