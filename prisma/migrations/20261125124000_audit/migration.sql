-- Who changed what. Written by triggers, in the transaction of the change: there is no change without its event, nor an
-- event without its change, whoever makes it and by whatever way.
CREATE TABLE audit_events (
  id           uuid NOT NULL,
  at           timestamptz NOT NULL,
  -- Whose key it was; null where it was none.
  client       text,
  actor        text NOT NULL,
  action       text NOT NULL,
  subject_type text NOT NULL,
  -- An id or a keyed hash, never an address.
  subject_id   text NOT NULL,
  detail       jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_events_at_id_idx ON audit_events (at, id);
CREATE INDEX audit_events_subject_idx ON audit_events (subject_type, subject_id, at, id);
CREATE INDEX audit_events_actor_idx ON audit_events (actor, at, id);
CREATE INDEX audit_events_action_idx ON audit_events (action, at, id);
CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT;
SELECT ensure_month_partitions('audit_events', 3);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was audited never changes';
END $$;
CREATE TRIGGER audit_events_never_change BEFORE UPDATE ON audit_events FOR EACH ROW
  EXECUTE FUNCTION refuse_audit_change();

-- What the transaction says of itself: {"actor", "client", "detail"}. Empty where nobody said anything.
CREATE FUNCTION audit_context() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('tidings.audit', true), ''), '{}')::jsonb
$$;

-- Whoever does not say who it is, is named by its role and program, such as `database:tidings_owner/psql`.
CREATE FUNCTION audit(action text, subject_type text, subject_id text, detail jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  context jsonb := audit_context();
BEGIN
  INSERT INTO audit_events (id, at, client, actor, action, subject_type, subject_id, detail)
  VALUES (gen_random_uuid(), clock_timestamp(), context ->> 'client',
    coalesce(context ->> 'actor', 'database:' || session_user || coalesce('/' || nullif(current_setting('application_name'), ''), '')),
    action, subject_type, subject_id, coalesce(context -> 'detail', '{}') || detail);
END $$;

-- The fields of a row that are shown, by the names that the API gives them: rate_per_second is ratePerSecond.
CREATE FUNCTION audited_fields(stored jsonb, hidden text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(lower(left(name, 1)) || substr(name, 2), value), '{}')
  FROM (SELECT replace(initcap(replace(key, '_', ' ')), ' ', '') AS name, value FROM jsonb_each(stored)
        WHERE key <> ALL (hidden || ARRAY['created_at', 'updated_at'])) fields
$$;

-- What differs, before and after; null where nothing does. `before` or `after` null: it was not there, or is gone.
CREATE FUNCTION audited_difference(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN before IS NULL OR after IS NULL THEN jsonb_build_object('before', before, 'after', after)
    ELSE (
      SELECT jsonb_build_object('before', jsonb_object_agg(key, before -> key), 'after', jsonb_object_agg(key, after -> key))
      FROM jsonb_object_keys(before || after) AS key
      WHERE coalesce(before -> key, 'null') <> coalesce(after -> key, 'null')
      HAVING count(*) > 0
    ) END
$$;

-- For what is replaced as a whole. Its arguments: the type of the subject, the column of its id (none: there is one row),
-- and what holds where there is no row (none: nothing).
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  hidden text[] := ARRAY['id', TG_ARGV[1]];
  unset jsonb := nullif(TG_ARGV[2], '')::jsonb;
  difference jsonb := audited_difference(
    CASE WHEN TG_OP = 'INSERT' THEN unset ELSE audited_fields(to_jsonb(OLD), hidden) END,
    CASE WHEN TG_OP = 'DELETE' THEN unset ELSE audited_fields(to_jsonb(NEW), hidden) END);
  stored jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  IF difference IS NOT NULL THEN
    PERFORM audit(TG_ARGV[0] || '.changed', TG_ARGV[0], coalesce(stored ->> nullif(TG_ARGV[1], ''), 'all'), difference);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON channel_controls FOR EACH ROW
  EXECUTE FUNCTION audit_change('channel', 'channel', '{"paused": false, "ratePerSecond": null}');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON provider_controls FOR EACH ROW
  EXECUTE FUNCTION audit_change('provider', 'provider', '{"paused": false, "ratePerSecond": null}');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON settings FOR EACH ROW
  EXECUTE FUNCTION audit_change('settings', '', '{"limits": []}');
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON categories FOR EACH ROW
  EXECUTE FUNCTION audit_change('category', 'id', '');

-- Texts are in the versions, which stay: their numbers say all.
CREATE FUNCTION audit_template() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  restored jsonb := audit_context() -> 'detail' -> 'restored';
  detail jsonb := jsonb_build_object(
    'before', CASE WHEN TG_OP = 'UPDATE' THEN jsonb_build_object('version', OLD.current_version) END,
    'after', jsonb_build_object('version', NEW.current_version));
BEGIN
  IF restored IS NULL THEN
    PERFORM audit('template.changed', 'template', NEW.id, detail);
  ELSE
    PERFORM audit('template.rolled_back', 'template', NEW.id, detail || jsonb_build_object('restored',
      coalesce(nullif(restored, 'null'), to_jsonb(OLD.current_version - 1))));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_template_made AFTER INSERT ON templates FOR EACH ROW EXECUTE FUNCTION audit_template();
CREATE TRIGGER audit_template AFTER UPDATE ON templates FOR EACH ROW
  WHEN (OLD.current_version <> NEW.current_version) EXECUTE FUNCTION audit_template();

CREATE FUNCTION audit_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  subject suppressions := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  hidden text[] := ARRAY['channel', 'address_hash'];
  difference jsonb := audited_difference(
    CASE WHEN TG_OP <> 'INSERT' THEN audited_fields(to_jsonb(OLD), hidden) END,
    CASE WHEN TG_OP <> 'DELETE' THEN audited_fields(to_jsonb(NEW), hidden) END);
BEGIN
  IF difference IS NOT NULL THEN
    PERFORM audit('suppression.' || CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END,
      'suppression', 'sup_' || subject.channel || '_'
        || rtrim(translate(encode(subject.address_hash, 'base64'), '+/', '-_'), '='),
      difference);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_suppression AFTER INSERT OR UPDATE OR DELETE ON suppressions FOR EACH ROW
  EXECUTE FUNCTION audit_suppression();

-- What a key may do, and until when; neither its name, which somebody wrote, nor its secret.
CREATE FUNCTION audit_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  hidden text[] := ARRAY['id', 'name', 'secret_hash'];
  before jsonb := CASE WHEN TG_OP = 'UPDATE' THEN audited_fields(to_jsonb(OLD), hidden) END;
  difference jsonb := audited_difference(before, audited_fields(to_jsonb(NEW), hidden));
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.secret_hash <> NEW.secret_hash THEN
    difference := coalesce(difference, '{}') || '{"secret": "replaced"}';
  END IF;
  IF difference IS NOT NULL THEN
    PERFORM audit(CASE WHEN TG_OP = 'INSERT' THEN 'key.created'
        WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN 'key.revoked' ELSE 'key.changed' END,
      'key', NEW.id::text, difference);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_key AFTER INSERT OR UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION audit_key();

-- Nothing of the user but the id, which stays with past notifications as well.
CREATE FUNCTION audit_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM audit('user.erased', 'user', OLD.id, '{}');
  RETURN NULL;
END $$;
CREATE TRIGGER audit_erasure AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION audit_erasure();

CREATE FUNCTION audit_replay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM audit('dead_letters.replayed', 'replay', NEW.id::text, jsonb_build_object('client', NEW.client_id,
      'selection', NEW.selection, 'ratePerSecond', NEW.rate_per_second, 'acceptDuplicate', NEW.accept_duplicate));
  ELSE
    PERFORM audit('dead_letters.replay_cancelled', 'replay', NEW.id::text, jsonb_build_object('client', NEW.client_id));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_replay AFTER INSERT ON replays FOR EACH ROW EXECUTE FUNCTION audit_replay();
CREATE TRIGGER audit_replay_cancelled AFTER UPDATE ON replays FOR EACH ROW
  WHEN (OLD.cancelled_at IS NULL AND NEW.cancelled_at IS NOT NULL) EXECUTE FUNCTION audit_replay();

CREATE FUNCTION audit_retired_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM audit('payload_key.retired', 'payload_key', NEW.id, '{}');
  RETURN NULL;
END $$;
CREATE TRIGGER audit_retired_key AFTER UPDATE ON payload_keys FOR EACH ROW
  WHEN (OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL) EXECUTE FUNCTION audit_retired_key();
