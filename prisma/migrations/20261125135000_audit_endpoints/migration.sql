-- Whom clients have us tell of what. Of the URL only the host is shown, since the rest may be a secret.
CREATE FUNCTION audited_endpoint(stored webhook_endpoints) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('host', regexp_replace(substring(stored.url FROM '^[a-z]+://([^/?#]+)'), '^.*@', ''))
    || audited_fields(to_jsonb(stored), ARRAY['id', 'url', 'secret', 'secret_key_id', 'old_secret', 'old_secret_key_id',
      'failing_since', 'last_failure_at'])
$$;

CREATE FUNCTION audit_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  difference jsonb := audited_difference(
    CASE WHEN TG_OP <> 'INSERT' THEN audited_endpoint(OLD) END,
    CASE WHEN TG_OP <> 'DELETE' THEN audited_endpoint(NEW) END);
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.url <> NEW.url THEN
    difference := coalesce(difference, '{}') || '{"url": "changed"}';
  END IF;
  IF difference IS NOT NULL THEN
    PERFORM audit(
      'webhook_endpoint.' || CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END,
      'webhook_endpoint', (CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END)::text, difference);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_endpoint AFTER INSERT OR UPDATE OR DELETE ON webhook_endpoints FOR EACH ROW
  EXECUTE FUNCTION audit_endpoint();
