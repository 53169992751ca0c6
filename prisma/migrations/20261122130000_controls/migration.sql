-- What an operator has switched: a channel or a provider may be held back. No row: it runs freely.
CREATE TABLE channel_controls (
  channel         text PRIMARY KEY CHECK (channel IN ('apns', 'fcm', 'sms', 'email')),
  paused          boolean NOT NULL DEFAULT false,
  rate_per_second real CHECK (rate_per_second > 0),
  updated_at      timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE provider_controls (
  provider   text PRIMARY KEY,
  paused     boolean NOT NULL DEFAULT false,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
