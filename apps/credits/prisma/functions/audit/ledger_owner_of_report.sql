-- The member of an audit event that names an account's owner: the trail is kept by user. Empty for an organisation, and once the owner was erased.
CREATE OR REPLACE FUNCTION ledger_owner_of_report(p_account account) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_account.owner_type = 'user' AND p_account.owner_id IS NOT NULL
    THEN jsonb_build_object('user_id', p_account.owner_id) ELSE '{}' END;
$$;
