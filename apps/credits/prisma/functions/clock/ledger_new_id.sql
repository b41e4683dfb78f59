-- UUID version 7 (RFC 9562 §5.7): ids that sort by time, on servers older than PostgreSQL 18 too. The 12 bits after the version hold the fraction
-- of the millisecond (§6.2, method 3): grants of equal priority and expiry are spent in the order of their ids.
CREATE OR REPLACE FUNCTION ledger_new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(overlay(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send(now.us / 1000) FROM 3) FROM 1 FOR 6)
    PLACING substring(int4send(28672 + (now.us % 1000 * 4096 / 1000)::integer) FROM 3) FROM 7 FOR 2), 'hex')::uuid
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us) AS now
$$;
