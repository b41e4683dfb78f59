-- One try at the codes of an address from a network: at the one that the network asked for, and at the newest that another did, for whoever
-- changes networks in between. Returns the id of the code that was right, and uses it up; a wrong try counts at each. The rows are locked in
-- one order, so concurrent tries are judged one after another and count exactly. p_codes: the code under each configured key.
CREATE OR REPLACE FUNCTION verification_use(
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
