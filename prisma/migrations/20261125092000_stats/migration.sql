-- How much of what: counts by day, kept by triggers, so that no writer of deliveries can forget to.

-- Counts that are not in stat_days yet. Rows are only inserted, so that no two deliveries wait for one another; repair
-- folds them each minute. Who asks adds both up. '' stands for what there is none of.
CREATE TABLE stat_deltas (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id        text NOT NULL,
  day              date NOT NULL,
  category_id      text NOT NULL,
  template_id      text NOT NULL,
  template_version integer NOT NULL,
  channel          text NOT NULL,
  provider         text NOT NULL,
  measure          text NOT NULL,
  reason           text NOT NULL,
  count            bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

CREATE TABLE stat_days (
  client_id        text NOT NULL,
  day              date NOT NULL,
  category_id      text NOT NULL,
  template_id      text NOT NULL,
  template_version integer NOT NULL,
  channel          text NOT NULL,
  provider         text NOT NULL,
  measure          text NOT NULL,
  reason           text NOT NULL,
  count            bigint NOT NULL,
  PRIMARY KEY (client_id, day, category_id, template_id, template_version, channel, provider, measure, reason)
);

-- Which measures this delivery is counted in, a bit each, so that it is counted once in each whatever it goes through.
-- Null: it is older than the counting, and never counted.
ALTER TABLE deliveries ADD COLUMN counted integer;

CREATE FUNCTION mark_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.counted := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.counted END | 1
    | CASE WHEN NEW.sent_at IS NOT NULL THEN 2 ELSE 0 END
    | CASE WHEN NEW.delivered_at IS NOT NULL THEN 4 ELSE 0 END
    | CASE WHEN NEW.opened_at IS NOT NULL THEN 8 ELSE 0 END
    | CASE NEW.status
        WHEN 'clicked' THEN 16
        WHEN 'failed' THEN 32
        WHEN 'bounced' THEN 64
        WHEN 'complained' THEN 128
        WHEN 'unknown' THEN 256
        -- What was attempted and then stopped has not arrived: that is a failure.
        WHEN 'suppressed' THEN CASE WHEN NEW.attempts = 0 THEN 512 ELSE 32 END
        WHEN 'cancelled' THEN CASE WHEN NEW.attempts = 0 THEN 512 ELSE 32 END
        WHEN 'expired' THEN CASE WHEN NEW.attempts = 0 THEN 512 ELSE 32 END
        ELSE 0 END;
  RETURN NEW;
END $$;

CREATE FUNCTION count_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  added integer := NEW.counted & ~CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.counted END;
BEGIN
  INSERT INTO stat_deltas (client_id, day, category_id, template_id, template_version, channel, provider, measure, reason, count)
  SELECT n.client_id, (now() AT TIME ZONE 'UTC')::date, n.category_id, n.template_id, n.template_version,
    NEW.channel, coalesce(NEW.provider, ''), m.measure, CASE WHEN m.explained THEN coalesce(NEW.reason, '') ELSE '' END,
    m.count
  FROM notifications n, (VALUES
    ('created', 1, false, 1), ('sent', 2, false, 1), ('segments', 2, false, NEW.segments), ('delivered', 4, false, 1),
    ('opened', 8, false, 1), ('clicked', 16, false, 1), ('failed', 32, true, 1), ('bounced', 64, true, 1),
    ('complained', 128, true, 1), ('unknown', 256, true, 1), ('suppressed', 512, true, 1)
  ) AS m (measure, bit, explained, count)
  WHERE n.id = NEW.notification_id AND added & m.bit <> 0 AND m.count > 0;
  RETURN NULL;
END $$;

-- Marked before and counted after the row is written: an INSERT that runs into another row writes none.
CREATE TRIGGER mark_counted_first BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION mark_counted();
CREATE TRIGGER mark_counted BEFORE UPDATE OF status, sent_at, delivered_at, opened_at ON deliveries FOR EACH ROW
  WHEN (OLD.counted IS NOT NULL AND (NEW.status NOT IN ('pending', 'sending') OR NEW.sent_at IS NOT NULL))
  EXECUTE FUNCTION mark_counted();
CREATE TRIGGER count_first AFTER INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION count_delivery();
CREATE TRIGGER count_delivery AFTER UPDATE ON deliveries FOR EACH ROW
  WHEN (OLD.counted <> NEW.counted) EXECUTE FUNCTION count_delivery();

CREATE FUNCTION count_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND EXISTS (SELECT FROM deliveries WHERE notification_id = NEW.id) THEN
    RETURN NULL;
  END IF;
  INSERT INTO stat_deltas (client_id, day, category_id, template_id, template_version, channel, provider, measure, reason, count)
  SELECT NEW.client_id, (now() AT TIME ZONE 'UTC')::date, NEW.category_id, NEW.template_id, NEW.template_version, '', '',
    m.measure, CASE WHEN m.measure = 'suppressed' THEN coalesce(NEW.reason, '') ELSE '' END, 1
  FROM (VALUES ('notifications', 'INSERT'), ('created', 'UPDATE'), ('suppressed', 'UPDATE')) AS m (measure, operation)
  WHERE m.operation = TG_OP;
  RETURN NULL;
END $$;

CREATE TRIGGER count_notification AFTER INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION count_notification();
-- One that ends before it has a delivery is created and suppressed all the same, by no channel.
CREATE TRIGGER count_undelivered AFTER UPDATE OF final_at ON notifications FOR EACH ROW
  WHEN (OLD.final_at IS NULL AND NEW.final_at IS NOT NULL AND NEW.status IN ('cancelled', 'expired'))
  EXECUTE FUNCTION count_notification();
