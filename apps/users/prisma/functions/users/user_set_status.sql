-- Disables a user, or brings one back, and sends the others an event. No row: unknown, or deleted. `changed` is false where it already was so.
CREATE OR REPLACE FUNCTION user_set_status(p_id uuid, p_status text, p_event_id uuid)
RETURNS TABLE (
  changed boolean, id uuid, email text, email_verified boolean, display_name text, tier text, status text, created_at timestamptz, updated_at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  v_before app_user;
BEGIN
  SELECT * INTO v_before FROM app_user u WHERE u.id = p_id AND u.status <> 'deleted' FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF v_before.status <> p_status THEN
    UPDATE app_user AS u SET status = p_status, updated_at = now() WHERE u.id = p_id;
    INSERT INTO outbox (id, type, payload) VALUES (
      p_event_id,
      CASE p_status WHEN 'disabled' THEN 'user.disabled' ELSE 'user.updated' END,
      jsonb_build_object('user_id', p_id) || CASE p_status WHEN 'disabled' THEN '{}' ELSE jsonb_build_object('tier', v_before.tier) END
    );
  END IF;
  RETURN QUERY
    SELECT v_before.status <> p_status, u.id, u.email, u.email_verified, u.display_name, u.tier, u.status, u.created_at, u.updated_at
    FROM app_user u WHERE u.id = p_id;
END
$$;
