-- Whether a network signed in to an address lately. The digests are those of each configured key, the same place for the same key.
CREATE OR REPLACE FUNCTION is_known_network(p_recipients bytea[], p_networks bytea[], p_kept interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM unnest(p_recipients, p_networks) AS asked (recipient_digest, network_digest)
      JOIN known_network USING (recipient_digest, network_digest)
     WHERE signed_in_at > clock_timestamp() - p_kept)
$$;
