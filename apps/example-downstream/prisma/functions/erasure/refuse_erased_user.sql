-- Nothing is written for a user who was erased. The shared lock makes an insert wait for an erasure under way, and the other way round.
CREATE OR REPLACE FUNCTION refuse_erased_user() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_user_id text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
  IF v_user_id IS NULL THEN RETURN NEW; END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(v_user_id, 0));
  IF EXISTS (SELECT FROM erased_user e WHERE e.user_id = v_user_id) THEN
    RAISE EXCEPTION 'this user was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'user_not_erased';
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER timepoint_refuse_erased BEFORE INSERT ON timepoint FOR EACH ROW EXECUTE FUNCTION refuse_erased_user('user_id');
CREATE OR REPLACE TRIGGER moment_refuse_erased BEFORE INSERT ON moment FOR EACH ROW EXECUTE FUNCTION refuse_erased_user('created_by');
