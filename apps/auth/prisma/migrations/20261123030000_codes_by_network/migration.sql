-- Nobody keeps a person out of signing in by e-mail: what a client network asks for and gets wrong counts for that network, and a network that
-- has signed in to the address before shares no limit with strangers.

-- A code belongs to the network that asked for it: an address can have several, each network at most one. `wrong_tries` are its own,
-- `foreign_tries` those of all others together.
ALTER TABLE verification_code
  ADD COLUMN network_digest bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(network_digest) = 32),
  ADD COLUMN foreign_tries integer NOT NULL DEFAULT 0;
ALTER TABLE verification_code ALTER COLUMN network_digest DROP DEFAULT;
ALTER TABLE verification_code DROP CONSTRAINT verification_code_purpose_recipient_digest_key;
ALTER TABLE verification_code ADD CONSTRAINT verification_code_purpose_recipient_network_key
  UNIQUE (purpose, recipient_digest, network_digest);

-- Networks that signed in to an address with a code. Both are keyed hashes.
CREATE TABLE known_network (
  recipient_digest bytea NOT NULL CHECK (length(recipient_digest) = 32),
  network_digest   bytea NOT NULL CHECK (length(network_digest) = 32),
  signed_in_at     timestamptz NOT NULL,
  PRIMARY KEY (recipient_digest, network_digest)
);
CREATE INDEX known_network_signed_in_at_idx ON known_network (signed_in_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON known_network TO turnpike_auth_service;

-- Whether a network signed in to an address lately. The digests are those of each configured key, the same place for the same key.
CREATE FUNCTION is_known_network(p_recipients bytea[], p_networks bytea[], p_kept interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM unnest(p_recipients, p_networks) AS asked (recipient_digest, network_digest)
      JOIN known_network USING (recipient_digest, network_digest)
     WHERE signed_in_at > clock_timestamp() - p_kept)
$$;

DROP FUNCTION verification_issue(uuid, text, bytea, bytea, interval, text[], integer[], integer[]);

-- Takes note of a code that is about to be mailed, unless one of the windows is used up; then nothing is counted and `wait` is how many seconds
-- to wait. Windows are locked in the order given: those of one address first, the one that all share last, so that it is held shortest
-- and no two calls wait for each other. Those for strangers are left out for a known network. `counted`: the windows it was counted in.
CREATE FUNCTION verification_issue(
  p_id uuid, p_purpose text, p_recipients bytea[], p_networks bytea[], p_code_digest bytea, p_life interval, p_known_kept interval,
  p_buckets text[], p_limits integer[], p_seconds integer[], p_for_strangers boolean[]
) RETURNS TABLE (wait integer, counted text[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  w verification_window;
  v_known boolean := is_known_network(p_recipients, p_networks, p_known_kept);
BEGIN
  wait := 0;
  counted := '{}';
  FOR i IN 1 .. cardinality(p_buckets) LOOP
    CONTINUE WHEN v_known AND p_for_strangers[i];
    INSERT INTO verification_window AS v (bucket, started_at, ends_at, used)
    VALUES (p_buckets[i], clock_timestamp(), clock_timestamp() + p_seconds[i] * interval '1 second', 0)
    ON CONFLICT (bucket) DO UPDATE
       SET started_at = CASE WHEN v.ends_at <= clock_timestamp() THEN excluded.started_at ELSE v.started_at END,
           ends_at = CASE WHEN v.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE v.ends_at END,
           used = CASE WHEN v.ends_at <= clock_timestamp() THEN 0 ELSE v.used END
    RETURNING * INTO w;
    counted := counted || w.bucket;
    IF w.used >= p_limits[i] THEN
      wait := greatest(wait, ceil(extract(epoch FROM w.ends_at - clock_timestamp()))::integer, 1);
    END IF;
  END LOOP;
  IF wait > 0 THEN
    counted := '{}';
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE verification_window v SET used = v.used + 1 WHERE v.bucket = ANY (counted);
  INSERT INTO verification_code AS c (id, purpose, recipient_digest, network_digest, code_digest, expires_at)
  VALUES (p_id, p_purpose, p_recipients[1], p_networks[1], p_code_digest, clock_timestamp() + p_life)
  ON CONFLICT (purpose, recipient_digest, network_digest) DO UPDATE
     SET id = excluded.id, code_digest = excluded.code_digest, wrong_tries = 0, foreign_tries = 0, created_at = clock_timestamp(),
         expires_at = excluded.expires_at, used_at = NULL;
  RETURN NEXT;
END
$$;

-- One try at the codes of an address from a network: at the one that the network asked for, and at the newest that another did, for whoever
-- changes networks in between. Gives the id of the code that was right, and uses it up; a wrong try counts at each. The rows are locked in
-- one order, so concurrent tries are judged one after another and count exactly. p_codes: the code under each configured key.
CREATE FUNCTION verification_use(
  p_purpose text, p_recipients bytea[], p_networks bytea[], p_codes bytea[], p_own_tries_max integer, p_foreign_tries_max integer
) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c verification_code;
  v_own verification_code;
  v_foreign verification_code;
  v_right uuid;
BEGIN
  FOR c IN
    SELECT * FROM verification_code v
     WHERE v.purpose = p_purpose AND v.recipient_digest = ANY (p_recipients) AND v.used_at IS NULL AND v.expires_at > clock_timestamp()
     ORDER BY v.id FOR NO KEY UPDATE
  LOOP
    IF c.network_digest = ANY (p_networks) THEN
      IF v_own.id IS NULL OR c.created_at > v_own.created_at THEN v_own := c; END IF;
    ELSIF v_foreign.id IS NULL OR c.created_at > v_foreign.created_at THEN
      v_foreign := c;
    END IF;
  END LOOP;
  IF v_own.wrong_tries < p_own_tries_max AND v_own.code_digest = p_codes[array_position(p_recipients, v_own.recipient_digest)] THEN
    v_right := v_own.id;
  ELSIF v_foreign.foreign_tries < p_foreign_tries_max
    AND v_foreign.code_digest = p_codes[array_position(p_recipients, v_foreign.recipient_digest)] THEN
    v_right := v_foreign.id;
  END IF;
  IF v_right IS NULL THEN
    UPDATE verification_code SET wrong_tries = wrong_tries + 1 WHERE id = v_own.id AND wrong_tries < p_own_tries_max;
    UPDATE verification_code SET foreign_tries = foreign_tries + 1 WHERE id = v_foreign.id AND foreign_tries < p_foreign_tries_max;
    RETURN NULL;
  END IF;
  UPDATE verification_code SET used_at = clock_timestamp() WHERE id = v_right;
  INSERT INTO known_network (recipient_digest, network_digest, signed_in_at) VALUES (p_recipients[1], p_networks[1], clock_timestamp())
  ON CONFLICT (recipient_digest, network_digest) DO UPDATE SET signed_in_at = excluded.signed_in_at;
  RETURN v_right;
END
$$;
