-- Opens and clicks of our own: which categories ask for them, and when a delivery was first clicked.
ALTER TABLE categories ADD COLUMN track_opens boolean NOT NULL DEFAULT false;
ALTER TABLE categories ADD COLUMN track_clicks boolean NOT NULL DEFAULT false;
ALTER TABLE deliveries ADD COLUMN clicked_at timestamptz(3);

-- As before, and a click counts whatever the status: one that comes after a complaint is a click all the same.
CREATE OR REPLACE FUNCTION mark_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.counted := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.counted END | 1
    | CASE WHEN NEW.sent_at IS NOT NULL THEN 2 ELSE 0 END
    | CASE WHEN NEW.delivered_at IS NOT NULL THEN 4 ELSE 0 END
    | CASE WHEN NEW.opened_at IS NOT NULL THEN 8 ELSE 0 END
    | CASE WHEN NEW.clicked_at IS NOT NULL THEN 16 ELSE 0 END
    | CASE NEW.status
        -- By code that does not know clicked_at yet.
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

-- Every statement that writes clicked_at writes opened_at too, so the triggers that call it need no other columns.
