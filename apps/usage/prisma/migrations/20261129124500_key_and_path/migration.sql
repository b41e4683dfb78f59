-- What the API key shows of itself, and the path as the route has it: neither tells more than key_id and route do to machines.
ALTER TABLE request_record ADD COLUMN key_prefix text, ADD COLUMN path text;
