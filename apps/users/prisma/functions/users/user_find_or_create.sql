-- Finds the user of a key, or creates it and sends the other services an event. Of any number of concurrent calls with one key exactly one
-- creates: the others wait on the primary key and read what it committed. An existing user is returned as it is. A lineage is granted credits
-- with its first user only; users of one lineage that are made at once wait for each other. `p_audit` is the event for the audit trail,
-- without the user. `signup_credits` is what a user just created was granted.
CREATE OR REPLACE FUNCTION user_find_or_create(
  p_id uuid, p_namespace text, p_key text,
  p_email text, p_email_verified boolean, p_display_name text, p_tier text,
  p_event_id uuid, p_signup_credits bigint, p_audit jsonb, p_lineage_id uuid DEFAULT NULL
)
RETURNS TABLE (
  created boolean, signup_credits bigint,
  id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamptz, updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  attempts_left integer := 10;
  v_credits bigint := p_signup_credits;
BEGIN
  LOOP
    RETURN QUERY
      SELECT false, 0::bigint, u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at
      FROM external_identity e JOIN app_user u ON u.id = e.user_id
      WHERE e.namespace = p_namespace AND e.key = p_key;
    IF FOUND THEN RETURN; END IF;

    INSERT INTO external_identity (namespace, key, user_id) VALUES (p_namespace, p_key, p_id) ON CONFLICT DO NOTHING;
    IF FOUND THEN
      IF p_lineage_id IS NOT NULL THEN
        INSERT INTO signed_up_lineage (lineage_id) VALUES (p_lineage_id) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN v_credits := 0; END IF;
      END IF;
      INSERT INTO outbox (id, type, payload)
      VALUES (p_event_id, 'user.created', jsonb_strip_nulls(
        jsonb_build_object('user_id', p_id, 'signup_credits', v_credits, 'lineage_id', p_lineage_id)));
      IF p_audit IS NOT NULL THEN
        INSERT INTO outbox (id, type, payload)
        VALUES ((p_audit ->> 'id')::uuid, 'audit.recorded', p_audit || jsonb_build_object('user_id', p_id));
      END IF;
      RETURN QUERY
        INSERT INTO app_user AS u (id, email, email_verified, display_name, tier)
        VALUES (p_id, p_email, p_email IS NOT NULL AND p_email_verified, p_display_name, p_tier)
        RETURNING true, v_credits, u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at;
      RETURN;
    END IF;

    -- Somebody else's key became visible after the query above, or an erasure removed it again: try once more.
    attempts_left := attempts_left - 1;
    IF attempts_left = 0 THEN RAISE EXCEPTION 'user_find_or_create did not settle' USING ERRCODE = 'serialization_failure'; END IF;
  END LOOP;
END
$$;
