-- Operators find a key by the part of it that is shown.
CREATE INDEX api_key_prefix_idx ON api_key (prefix, id DESC);
