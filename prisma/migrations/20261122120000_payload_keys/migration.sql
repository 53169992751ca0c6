-- Which keys have encrypted what Temporal holds. A process that lacks one of them refuses to start.
CREATE TABLE payload_keys (
  id          text PRIMARY KEY,
  check_value bytea NOT NULL,
  first_seen  timestamptz(3) NOT NULL DEFAULT now(),
  retired_at  timestamptz(3)
);
