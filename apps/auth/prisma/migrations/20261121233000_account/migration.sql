-- Projects, API keys, mailed codes and their limits, with the functions that change them in one round trip.

-- A version 7 UUID (RFC 9562 §5.7): 48 bits of milliseconds, the rest random. Servers before PostgreSQL 18 have no uuidv7().
CREATE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE AS $$
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

-- A user's project. A deleted one stays while keys of it are remembered.
CREATE TABLE project (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES account (user_id),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (id, user_id)
);
CREATE INDEX project_user_id_idx ON project (user_id, created_at, id);

-- An API key. Only its digest is kept: 178 random bits need no slow hash. The pair (project, user) keeps a key's owner the project's.
CREATE TABLE api_key (
  id                    uuid PRIMARY KEY,
  user_id               uuid NOT NULL,
  project_id            uuid NOT NULL,
  name                  text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  prefix                text NOT NULL CHECK (length(prefix) BETWEEN 8 AND 32),
  digest                bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
  scopes                text[] NOT NULL,
  rate_limit_per_minute integer CHECK (rate_limit_per_minute > 0),
  expires_at            timestamptz,
  -- End of the overlap of a rotated key.
  retires_at            timestamptz,
  revoked_at            timestamptz,
  revoke_reason         text,
  rotated_from          uuid,
  -- Of the Idempotency-Key it was made under, so that a repetition after a lost answer does not make another.
  operation_id          uuid UNIQUE,
  last_used_at          timestamptz,
  created_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (project_id, user_id) REFERENCES project (id, user_id),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX api_key_project_id_idx ON api_key (project_id, created_at DESC, id DESC);
CREATE INDEX api_key_user_id_idx ON api_key (user_id);
CREATE INDEX api_key_retiring_idx ON api_key (retires_at) WHERE retires_at IS NOT NULL AND revoked_at IS NULL;

-- The code last mailed to an address for a purpose. Address and code are keyed hashes; neither is here in clear.
CREATE TABLE verification_code (
  id               uuid PRIMARY KEY,
  purpose          text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
  recipient_digest bytea NOT NULL CHECK (length(recipient_digest) = 32),
  code_digest      bytea NOT NULL CHECK (length(code_digest) = 32),
  wrong_tries      integer NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at       timestamptz NOT NULL,
  used_at          timestamptz,
  UNIQUE (purpose, recipient_digest)
) WITH (fillfactor = 80);
CREATE INDEX verification_code_expires_at_idx ON verification_code (expires_at);

-- How many codes were sent in the current window of a bucket. Buckets name addresses by keyed hashes.
CREATE TABLE verification_window (
  bucket     text PRIMARY KEY,
  started_at timestamptz NOT NULL,
  ends_at    timestamptz NOT NULL,
  used       integer NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX verification_window_ends_at_idx ON verification_window (ends_at);

-- Answers under an Idempotency-Key, sealed with it; see the service kit.
CREATE TABLE idempotency (
  scope          text NOT NULL,
  key_digest     bytea NOT NULL,
  request_digest bytea NOT NULL,
  attempt        uuid NOT NULL,
  locked_until   timestamptz NOT NULL,
  answer         bytea,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (scope, key_digest)
);

-- Acts that other services report carry an id of theirs, so that one reported twice is recorded once.
ALTER TABLE audit_event ADD COLUMN report_id uuid;
CREATE UNIQUE INDEX audit_event_report_id_idx ON audit_event (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX audit_event_action_idx ON audit_event (action, id DESC);

-- Every account has a project from its first moment, whichever way it came to be.
CREATE FUNCTION account_default_project() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO project (id, user_id, name) VALUES (uuid_v7(), NEW.user_id, 'Default project');
  RETURN NULL;
END
$$;
CREATE TRIGGER account_default_project AFTER INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_default_project();
INSERT INTO project (id, user_id, name) SELECT uuid_v7(), user_id, 'Default project' FROM account WHERE status <> 'deleted';

-- Makes a project, unless the user has p_max of them. Locking the account makes concurrent calls count one after another.
-- outcome: created | too_many | inactive
CREATE FUNCTION project_create(p_id uuid, p_user_id uuid, p_name text, p_max integer)
RETURNS TABLE (outcome text, created_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_at timestamptz;
BEGIN
  PERFORM 1 FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'inactive', NULL::timestamptz;
    RETURN;
  END IF;
  IF (SELECT count(*) FROM project p WHERE p.user_id = p_user_id AND p.deleted_at IS NULL) >= p_max THEN
    RETURN QUERY SELECT 'too_many', NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  INSERT INTO project (id, user_id, name, created_at, updated_at) VALUES (p_id, p_user_id, p_name, now_at, now_at);
  RETURN QUERY SELECT 'created', now_at;
END
$$;

-- Deletes a project and ends its keys, unless it is the user's last. Locking all projects of the user lets concurrent deletions see each
-- other, so that one of them remains.
-- outcome: deleted | not_found | last
CREATE FUNCTION project_delete(p_id uuid, p_user_id uuid)
RETURNS TABLE (outcome text, deleted_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  live uuid[];
  now_at timestamptz;
BEGIN
  SELECT array_agg(locked.id) INTO live FROM (
    SELECT p.id FROM project p WHERE p.user_id = p_user_id AND p.deleted_at IS NULL ORDER BY p.id FOR UPDATE
  ) locked;
  IF live IS NULL OR NOT p_id = ANY (live) THEN
    RETURN QUERY SELECT 'not_found', NULL::timestamptz;
    RETURN;
  END IF;
  IF cardinality(live) = 1 THEN
    RETURN QUERY SELECT 'last', NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  UPDATE project p SET deleted_at = now_at, updated_at = now_at WHERE p.id = p_id;
  RETURN QUERY SELECT 'deleted', now_at;
END
$$;

-- Ends the live keys of a project, one revocation each. Keys are locked in the order of their ids, as whoever writes their last use does.
CREATE FUNCTION api_keys_end_project(p_project_id uuid, p_reason text)
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE sql VOLATILE AS $$
  WITH live AS (
    SELECT k.id FROM api_key k WHERE k.project_id = p_project_id AND k.revoked_at IS NULL ORDER BY k.id FOR NO KEY UPDATE
  ), ended AS (
    UPDATE api_key k
       SET revoked_at = clock_timestamp(), revoke_reason = p_reason, updated_at = clock_timestamp()
      FROM live WHERE k.id = live.id
    RETURNING k.id
  )
  INSERT INTO revocation (kind, target_id)
  SELECT 'key', ended.id FROM ended
  RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at
$$;

-- A key made under p_operation_id whose answer was lost: it is given a new value, for the old one was told to nobody. A used key, or one
-- of another day (its Idempotency-Key has been forgotten), is not such a key and only gives up the operation id.
CREATE FUNCTION api_key_reissue(p_operation_id uuid, p_user_id uuid, p_prefix text, p_digest bytea)
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

-- Makes a key in a live project of an active user. The project's lock orders it against the project's deletion and other keys' making.
-- No row: no such project of that user. An outcome of `too_many` writes nothing.
CREATE FUNCTION api_key_create(
  p_id uuid, p_operation_id uuid, p_user_id uuid, p_project_id uuid, p_name text, p_prefix text, p_digest bytea,
  p_scopes text[], p_rate_limit integer, p_life interval, p_max integer
) RETURNS TABLE (outcome text, key api_key)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  made api_key;
  now_at timestamptz;
BEGIN
  PERFORM 1 FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR SHARE;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM 1 FROM project p WHERE p.id = p_project_id AND p.user_id = p_user_id AND p.deleted_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO made FROM api_key_reissue(p_operation_id, p_user_id, p_prefix, p_digest);
  IF made.id IS NOT NULL THEN
    RETURN QUERY SELECT 'created', made;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  IF (SELECT count(*) FROM api_key k
       WHERE k.project_id = p_project_id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now_at)) >= p_max THEN
    RETURN QUERY SELECT 'too_many', NULL::api_key;
    RETURN;
  END IF;
  INSERT INTO api_key (id, operation_id, user_id, project_id, name, prefix, digest, scopes, rate_limit_per_minute, expires_at, created_at, updated_at)
  VALUES (p_id, p_operation_id, p_user_id, p_project_id, p_name, p_prefix, p_digest, p_scopes, p_rate_limit, now_at + p_life, now_at, now_at)
  RETURNING * INTO made;
  RETURN QUERY SELECT 'created', made;
END
$$;

-- Ends a key. Repeating it gives the first moment again. p_user_id and p_project_id null: an operator, whose key it is does not matter.
-- No row: no such key. revocation_id is null where the key had been ended before.
CREATE FUNCTION api_key_end(p_id uuid, p_user_id uuid, p_project_id uuid, p_reason text)
RETURNS TABLE (key api_key, was_active boolean, revocation_id bigint, revocation_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  k api_key;
  active boolean;
  r_id bigint;
  r_at timestamptz;
BEGIN
  SELECT * INTO k FROM api_key
   WHERE api_key.id = p_id AND (p_user_id IS NULL OR api_key.user_id = p_user_id)
     AND (p_project_id IS NULL OR api_key.project_id = p_project_id)
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  active := k.revoked_at IS NULL AND coalesce(least(k.expires_at, k.retires_at) > clock_timestamp(), true);
  IF k.revoked_at IS NULL THEN
    UPDATE api_key SET revoked_at = clock_timestamp(), revoke_reason = p_reason, updated_at = clock_timestamp()
     WHERE api_key.id = p_id
    RETURNING * INTO k;
    INSERT INTO revocation (kind, target_id) VALUES ('key', p_id) RETURNING revocation.id, revocation.at INTO r_id, r_at;
  END IF;
  RETURN QUERY SELECT k, active, r_id, r_at;
END
$$;

-- Replaces a key: the new one has its name, scopes, limit and length of life; the old one ends now or at the end of the overlap.
-- No row: no such key. outcome: rotated | inactive (ended, expired, or rotated before)
CREATE FUNCTION api_key_rotate(
  p_old_id uuid, p_user_id uuid, p_project_id uuid, p_new_id uuid, p_operation_id uuid, p_prefix text, p_digest bytea, p_overlap interval
) RETURNS TABLE (outcome text, key api_key, revocation_id bigint, revocation_at timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  old api_key;
  made api_key;
  now_at timestamptz;
  r_id bigint;
  r_at timestamptz;
BEGIN
  PERFORM 1 FROM account a WHERE a.user_id = p_user_id AND a.status = 'active' FOR SHARE;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM 1 FROM project p WHERE p.id = p_project_id AND p.user_id = p_user_id AND p.deleted_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO old FROM api_key WHERE api_key.id = p_old_id AND api_key.user_id = p_user_id AND api_key.project_id = p_project_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO made FROM api_key_reissue(p_operation_id, p_user_id, p_prefix, p_digest);
  IF made.id IS NOT NULL THEN
    RETURN QUERY SELECT 'rotated', made, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;
  now_at := clock_timestamp();
  IF old.revoked_at IS NOT NULL OR old.retires_at IS NOT NULL OR old.expires_at <= now_at THEN
    RETURN QUERY SELECT 'inactive', NULL::api_key, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;
  INSERT INTO api_key (id, operation_id, user_id, project_id, name, prefix, digest, scopes, rate_limit_per_minute, rotated_from,
                       expires_at, created_at, updated_at)
  VALUES (p_new_id, p_operation_id, p_user_id, p_project_id, old.name, p_prefix, p_digest, old.scopes, old.rate_limit_per_minute, old.id,
          now_at + (old.expires_at - old.created_at), now_at, now_at)
  RETURNING * INTO made;
  IF p_overlap > interval '0' THEN
    UPDATE api_key SET retires_at = now_at + p_overlap, updated_at = now_at WHERE api_key.id = old.id;
  ELSE
    SELECT e.revocation_id, e.revocation_at INTO r_id, r_at FROM api_key_end(old.id, p_user_id, p_project_id, 'rotated') e;
  END IF;
  RETURN QUERY SELECT 'rotated', made, r_id, r_at;
END
$$;

-- Ends rotated keys whose overlap is over, one revocation each.
CREATE FUNCTION api_keys_retire()
RETURNS TABLE (id bigint, kind text, target_id uuid, at timestamptz)
LANGUAGE sql VOLATILE AS $$
  WITH due AS (
    SELECT k.id FROM api_key k
     WHERE k.retires_at <= clock_timestamp() AND k.revoked_at IS NULL
     ORDER BY k.retires_at LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED
  ), ended AS (
    UPDATE api_key k
       SET revoked_at = clock_timestamp(), revoke_reason = 'rotated', updated_at = clock_timestamp()
      FROM due WHERE k.id = due.id
    RETURNING k.id
  )
  INSERT INTO revocation (kind, target_id)
  SELECT 'key', ended.id FROM ended
  RETURNING revocation.id, revocation.kind, revocation.target_id, revocation.at
$$;

-- Takes note of a code that is about to be mailed, unless one of the windows is used up; then nothing is counted and the answer is how
-- many seconds to wait. Windows are locked in the order given: those of one address first, the one that all share last, so that it is
-- held shortest and no two calls wait for each other.
CREATE FUNCTION verification_issue(
  p_id uuid, p_purpose text, p_recipient_digest bytea, p_code_digest bytea, p_life interval,
  p_buckets text[], p_limits integer[], p_seconds integer[]
) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  w verification_window;
  wait_seconds integer := 0;
BEGIN
  FOR i IN 1 .. cardinality(p_buckets) LOOP
    INSERT INTO verification_window AS v (bucket, started_at, ends_at, used)
    VALUES (p_buckets[i], clock_timestamp(), clock_timestamp() + p_seconds[i] * interval '1 second', 0)
    ON CONFLICT (bucket) DO UPDATE
       SET started_at = CASE WHEN v.ends_at <= clock_timestamp() THEN excluded.started_at ELSE v.started_at END,
           ends_at = CASE WHEN v.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE v.ends_at END,
           used = CASE WHEN v.ends_at <= clock_timestamp() THEN 0 ELSE v.used END
    RETURNING * INTO w;
    IF w.used >= p_limits[i] THEN
      wait_seconds := greatest(wait_seconds, ceil(extract(epoch FROM w.ends_at - clock_timestamp()))::integer, 1);
    END IF;
  END LOOP;
  IF wait_seconds > 0 THEN RETURN wait_seconds; END IF;
  UPDATE verification_window v SET used = v.used + 1 WHERE v.bucket = ANY (p_buckets);
  INSERT INTO verification_code AS c (id, purpose, recipient_digest, code_digest, expires_at)
  VALUES (p_id, p_purpose, p_recipient_digest, p_code_digest, clock_timestamp() + p_life)
  ON CONFLICT (purpose, recipient_digest) DO UPDATE
     SET id = excluded.id, code_digest = excluded.code_digest, wrong_tries = 0, created_at = clock_timestamp(),
         expires_at = excluded.expires_at, used_at = NULL;
  RETURN 0;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON project, api_key, verification_code, verification_window, idempotency TO turnpike_auth_service;
