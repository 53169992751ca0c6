-- What an operator should know, one row as long as it goes on: however often it is seen, it is told now and then.
CREATE TABLE alerts (
  id             uuid PRIMARY KEY,
  kind           text NOT NULL,
  -- What it is about: a provider, a client, a service. Never an address.
  subject        text NOT NULL,
  detail         jsonb NOT NULL DEFAULT '{}',
  count          integer NOT NULL CHECK (count > 0),
  first_seen     timestamptz(3) NOT NULL,
  last_seen      timestamptz(3) NOT NULL,
  -- When it was told last, and how often; the number is part of the message's id.
  notified_at    timestamptz(3),
  notified_times integer NOT NULL DEFAULT 0,
  recovered_at   timestamptz(3),
  -- Its end is told too, once.
  closed_at      timestamptz(3),
  CHECK (closed_at IS NULL OR recovered_at IS NOT NULL)
);
CREATE UNIQUE INDEX alerts_going_on_idx ON alerts (kind, subject) WHERE recovered_at IS NULL;
CREATE INDEX alerts_unclosed_idx ON alerts (last_seen) WHERE closed_at IS NULL;

-- Dead letters of the last hour, of all clients.
CREATE INDEX notifications_dead_since_idx ON notifications (final_at, client_id)
  WHERE status IN ('failed', 'unknown', 'partially_sent') AND cancelled_at IS NULL;
