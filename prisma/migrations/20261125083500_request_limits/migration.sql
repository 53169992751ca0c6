-- How many requests a key may make; a key without a row may make any number.
CREATE TABLE request_limits (
  key_id uuid PRIMARY KEY REFERENCES api_keys (id),
  max    integer NOT NULL CHECK (max > 0),
  per_ms integer NOT NULL CHECK (per_ms >= 1000 AND per_ms % 1000 = 0)
);

-- How many a limited key has made in the interval that ends at `expire` (milliseconds since 1970). The columns are those
-- of rate-limiter-flexible, which writes each count with one statement.
CREATE TABLE request_counts (
  key    text PRIMARY KEY,
  points integer NOT NULL,
  expire bigint
);
