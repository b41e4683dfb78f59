-- A key made under p_operation_id whose answer was lost: it is given a new value, for nobody has seen the old one. A used key, or one
-- of another day (its Idempotency-Key has been forgotten), is not such a key and only loses the operation id.
CREATE OR REPLACE FUNCTION api_key_reissue(p_operation_id uuid, p_user_id uuid, p_prefix text, p_digest bytea)
RETURNS SETOF api_key
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF p_operation_id IS NULL THEN RETURN; END IF;
  RETURN QUERY
    UPDATE api_key k SET prefix = p_prefix, digest = p_digest, updated_at = clock_timestamp()
     WHERE k.operation_id = p_operation_id AND k.user_id = p_user_id AND k.revoked_at IS NULL AND k.last_used_at IS NULL
       AND k.created_at > clock_timestamp() - interval '1 day'
    RETURNING k.*;
  IF NOT FOUND THEN UPDATE api_key k SET operation_id = NULL WHERE k.operation_id = p_operation_id; END IF;
END
$$;
