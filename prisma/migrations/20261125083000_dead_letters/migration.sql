-- What failed for good may be sent again: the generation that the last replay began, whose first attempt begins the time
-- for retries anew, and whether it may repeat what perhaps has arrived.
ALTER TABLE notifications ADD COLUMN replay_generation integer;
ALTER TABLE notifications ADD COLUMN replay_accepts_duplicate boolean NOT NULL DEFAULT false;

-- Dead letters are rows of their own table: nothing is copied, and so nothing can differ. The last columns are there to
-- be filtered by.
CREATE INDEX notifications_dead_letters_idx ON notifications (client_id, final_at, id, reason, category_id)
  WHERE status IN ('failed', 'unknown', 'partially_sent') AND cancelled_at IS NULL;

-- A request to send dead letters again, and how far it has come.
CREATE TABLE replays (
  id               uuid PRIMARY KEY,
  client_id        text NOT NULL REFERENCES clients (id),
  -- What was asked for: {"ids": <count>}, {"filter": {…}} or {"all": true}.
  selection        jsonb NOT NULL,
  rate_per_second  real NOT NULL CHECK (rate_per_second > 0),
  accept_duplicate boolean NOT NULL,
  -- In place of the notifications' own expiry.
  expires_at       timestamptz(3),
  -- Named ids that no notification has.
  not_found        integer NOT NULL DEFAULT 0,
  created_at       timestamptz(3) NOT NULL,
  -- From when on its items are complete.
  collected_at     timestamptz(3),
  cancelled_at     timestamptz(3),
  finished_at      timestamptz(3),
  CHECK (finished_at IS NULL OR collected_at IS NOT NULL OR cancelled_at IS NOT NULL)
);
CREATE INDEX replays_client_id_id_idx ON replays (client_id, id DESC);
CREATE INDEX replays_unfinished_idx ON replays (created_at) WHERE finished_at IS NULL;

CREATE TABLE replay_items (
  replay_id       uuid NOT NULL REFERENCES replays (id) ON DELETE CASCADE,
  notification_id uuid NOT NULL,
  -- `replayed`, or why not; null: its turn has not come.
  result          text,
  done_at         timestamptz(3),
  PRIMARY KEY (replay_id, notification_id),
  CHECK ((result IS NULL) = (done_at IS NULL))
);
CREATE INDEX replay_items_left_idx ON replay_items (replay_id, notification_id) WHERE result IS NULL;
