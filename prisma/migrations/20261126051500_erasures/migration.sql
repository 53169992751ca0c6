-- Who was erased, and how far the clearing of what was written to them has come: only the user ID, which stays with past
-- notifications as well. Whoever is made anew with it gets nothing of what was accepted before.
CREATE TABLE erasures (
  user_id    text PRIMARY KEY,
  -- In whole milliseconds, cut off as the times are at which notifications are accepted: what comes in right after it is
  -- never taken for older.
  at         timestamptz(3) NOT NULL,
  -- The variables of all notifications from this id on are cleared; null: of none yet.
  cleared_to uuid,
  cleared_at timestamptz(3)
);
CREATE INDEX erasures_uncleared_idx ON erasures (at) WHERE cleared_at IS NULL;

CREATE FUNCTION note_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO erasures (user_id, at) VALUES (OLD.id, date_trunc('milliseconds', clock_timestamp()))
  ON CONFLICT (user_id) DO UPDATE SET at = excluded.at, cleared_to = NULL, cleared_at = NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER note_erasure AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION note_erasure();

-- Whoever was erased before this migration, too.
INSERT INTO erasures (user_id, at)
SELECT subject_id, date_trunc('milliseconds', max(at)) FROM audit_events WHERE action = 'user.erased' GROUP BY subject_id
ON CONFLICT DO NOTHING;
