-- How many segments of SMS a client may send on a day (UTC): for every client, and of single ones, which goes before.
-- Null: any number.
ALTER TABLE settings ADD COLUMN sms_daily_cap integer CHECK (sms_daily_cap >= 0);
ALTER TABLE settings ADD COLUMN sms_daily_caps jsonb;

CREATE FUNCTION sms_cap_of(client text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN sms_daily_caps ? client THEN (sms_daily_caps ->> client)::integer ELSE sms_daily_cap END FROM settings
$$;

-- What capped clients have used. Whoever opens an attempt of an SMS takes its segments here, in the same statement.
CREATE TABLE sms_usage (
  day       date NOT NULL,
  client_id text NOT NULL,
  used      integer NOT NULL CHECK (used >= 0),
  PRIMARY KEY (day, client_id)
);

-- What an attempt has taken there, and of which day, so that it can be given back; null: nothing.
ALTER TABLE attempts ADD COLUMN cap_day date;
ALTER TABLE attempts ADD COLUMN cap_segments integer;
