-- Events for calling services, told to their endpoints by HTTP. Triggers write them in the transaction of the change that
-- they tell, so that none is lost and none is invented, whoever makes the change.

-- Where a client wants to be told. Secrets are encrypted with the payload key of that name.
CREATE TABLE webhook_endpoints (
  id                uuid PRIMARY KEY,
  client_id         text NOT NULL REFERENCES clients (id),
  url               text NOT NULL,
  -- Types, or `notification.*`, `delivery.*` and `*`.
  event_types       text[] NOT NULL CHECK (cardinality(event_types) > 0),
  secret            bytea NOT NULL,
  secret_key_id     text NOT NULL,
  -- The one before, which signs besides until then.
  old_secret        bytea,
  old_secret_key_id text,
  old_secret_until  timestamptz(3),
  disabled_at       timestamptz(3),
  disabled_reason   text CHECK (disabled_reason IN ('by_request', 'failing', 'gone')),
  -- Since when every call has failed, and the last of those failures.
  failing_since     timestamptz(3),
  last_failure_at   timestamptz(3),
  created_at        timestamptz(3) NOT NULL DEFAULT now(),
  CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
  CHECK ((old_secret IS NULL) = (old_secret_key_id IS NULL) AND (old_secret IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX webhook_endpoints_client_id_idx ON webhook_endpoints (client_id, id);

-- Ids, words and no more: neither addresses nor texts.
CREATE TABLE outbound_events (
  id          uuid PRIMARY KEY,
  client_id   text NOT NULL,
  type        text NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  data        jsonb NOT NULL
);
CREATE INDEX outbound_events_client_id_idx ON outbound_events (client_id, occurred_at, id);
CREATE INDEX outbound_events_occurred_at_idx ON outbound_events (occurred_at);

-- An event on its way to an endpoint. Nothing refers to the endpoint: whoever deletes one must not fail the sends that
-- are telling it something at that moment. `next_at` is also the lease of a call that is under way.
CREATE TABLE outbound_messages (
  event_id     uuid NOT NULL REFERENCES outbound_events (id) ON DELETE CASCADE,
  endpoint_id  uuid NOT NULL,
  status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts     integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  queued_at    timestamptz(3) NOT NULL,
  next_at      timestamptz(3),
  last_at      timestamptz(3),
  last_code    text,
  delivered_at timestamptz(3),
  PRIMARY KEY (event_id, endpoint_id),
  CHECK ((status = 'pending') = (next_at IS NOT NULL)),
  CHECK ((status = 'delivered') = (delivered_at IS NOT NULL))
);
CREATE INDEX outbound_messages_due_idx ON outbound_messages (endpoint_id, next_at) WHERE status = 'pending';
CREATE INDEX outbound_messages_endpoint_id_idx ON outbound_messages (endpoint_id, queued_at DESC, event_id DESC);

-- An endpoint that is disabled keeps its client's events, so that they can be replayed, and is told nothing.
CREATE FUNCTION tell_endpoints(told_client text, told_type text, told_data jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted text[] := ARRAY['*', split_part(told_type, '.', 1) || '.*', told_type];
  event uuid := gen_random_uuid();
  at timestamptz(3) := clock_timestamp();
BEGIN
  IF NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.client_id = told_client AND e.event_types && wanted) THEN
    RETURN;
  END IF;
  INSERT INTO outbound_events (id, client_id, type, occurred_at, data)
  VALUES (event, told_client, told_type, at, jsonb_strip_nulls(told_data));
  INSERT INTO outbound_messages (event_id, endpoint_id, queued_at, next_at)
  SELECT event, e.id, at, at FROM webhook_endpoints e
  WHERE e.client_id = told_client AND e.event_types && wanted AND e.disabled_at IS NULL;
END $$;

CREATE FUNCTION tell_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_endpoints(NEW.client_id, 'notification.' || NEW.status,
    jsonb_build_object('eventId', NEW.event_id, 'status', NEW.status, 'reason', NEW.reason));
  RETURN NULL;
END $$;

CREATE FUNCTION tell_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Where nobody wants to know, as is mostly so, not even the notification is looked up.
  IF EXISTS (SELECT FROM webhook_endpoints) THEN
    PERFORM tell_endpoints(n.client_id, 'delivery.' || NEW.status,
      jsonb_build_object('eventId', n.event_id, 'status', NEW.status, 'reason', NEW.reason, 'deliveryId', NEW.id,
        'channel', NEW.channel, 'provider', NEW.provider))
    FROM notifications n WHERE n.id = NEW.notification_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER tell_notification AFTER UPDATE ON notifications FOR EACH ROW
  WHEN (NEW.final_at IS NOT NULL AND (OLD.final_at IS NULL OR OLD.status <> NEW.status))
  EXECUTE FUNCTION tell_notification();
CREATE TRIGGER tell_first AFTER INSERT ON deliveries FOR EACH ROW
  WHEN (NEW.status NOT IN ('pending', 'sending')) EXECUTE FUNCTION tell_delivery();
CREATE TRIGGER tell_delivery AFTER UPDATE ON deliveries FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status NOT IN ('pending', 'sending')) EXECUTE FUNCTION tell_delivery();
