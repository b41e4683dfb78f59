-- Publishes a new signing key, and gives the one before it the moment it stops signing and the moment it stops verifying. One rotation
-- at a time. Nothing happens where the newest key is of the same algorithm and younger than p_min_age (0 always publishes), so many
-- instances on one schedule rotate once.
CREATE OR REPLACE FUNCTION signing_key_publish(
  p_kid text, p_algorithm text, p_public_jwk jsonb, p_private_sealed bytea,
  p_min_age interval, p_delay interval, p_verify_after_retirement interval
) RETURNS TABLE (signs_from timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  newest signing_key%ROWTYPE;
  starts timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('turnpike.signing_key'));
  SELECT * INTO newest FROM signing_key k ORDER BY k.created_at DESC LIMIT 1;
  IF newest.algorithm = p_algorithm AND newest.created_at > clock_timestamp() - p_min_age THEN RETURN; END IF;
  -- The very first key signs at once: nobody can have cached an older set.
  starts := clock_timestamp() + CASE WHEN newest.kid IS NULL THEN interval '0' ELSE p_delay END;
  UPDATE signing_key k
     SET retires_at = starts, verifies_until = starts + p_verify_after_retirement
   WHERE k.retires_at IS NULL OR k.retires_at > starts;
  INSERT INTO signing_key (kid, algorithm, public_jwk, private_sealed, created_at, signs_from)
  VALUES (p_kid, p_algorithm, p_public_jwk, p_private_sealed, clock_timestamp(), starts);
  RETURN QUERY SELECT starts;
END
$$;
