-- What an operator has switched: a channel or a provider may be held back. No row: it runs freely.
CREATE TABLE channel_controls (
  channel         text PRIMARY KEY CHECK (channel IN ('apns', 'fcm', 'sms', 'email')),
  paused          boolean NOT NULL DEFAULT false,
  rate_per_second real CHECK (rate_per_second > 0),
  updated_at      timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE provider_controls (
  provider        text PRIMARY KEY,
  paused          boolean NOT NULL DEFAULT false,
  rate_per_second real CHECK (rate_per_second > 0),
  updated_at      timestamptz(3) NOT NULL DEFAULT now()
);

-- When what was paused: held time does not count against the time that retries go on for.
CREATE TABLE pauses (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scope      text NOT NULL CHECK (scope IN ('channel', 'provider')),
  name       text NOT NULL,
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  ended_at   timestamptz(3),
  CHECK (ended_at >= started_at)
);
CREATE UNIQUE INDEX pauses_running ON pauses (scope, name) WHERE ended_at IS NULL;
CREATE INDEX pauses_by_name ON pauses (scope, name, started_at);

-- From when on the calls of a rated channel or provider are free: workers lease the time ahead in slices. Apart from the
-- controls, which every send reads and only operators write.
CREATE TABLE rate_leases (
  bucket  text PRIMARY KEY,
  next_at timestamptz NOT NULL
);
