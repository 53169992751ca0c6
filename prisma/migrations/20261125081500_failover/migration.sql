-- Whether a provider works, as all workers together see it. Open: it takes no attempt but a probe. No row: it is closed.
CREATE TABLE provider_breakers (
  provider         text PRIMARY KEY,
  state            text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open')),
  -- Raised whenever it opens or closes: a call counts only in the one in which it began.
  epoch            integer NOT NULL DEFAULT 0,
  changed_at       timestamptz(3) NOT NULL DEFAULT now(),
  -- What was counted since window_at, and failures in a row.
  window_at        timestamptz(3) NOT NULL DEFAULT now(),
  calls            integer NOT NULL DEFAULT 0 CHECK (calls >= 0),
  failures         integer NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND calls),
  streak           integer NOT NULL DEFAULT 0 CHECK (streak >= 0),
  -- From when on an attempt may find out whether it works again; while one does, the end of its lease.
  probe_at         timestamptz(3),
  probe_attempt_id uuid,
  failed_probes    integer NOT NULL DEFAULT 0 CHECK (failed_probes >= 0),
  CHECK ((probe_at IS NOT NULL) = (state = 'open')),
  CHECK (probe_attempt_id IS NULL OR state = 'open')
);

-- When a provider's breaker was open: like a pause, that time does not count against the time that retries go on for.
CREATE TABLE breaker_openings (
  provider  text NOT NULL,
  epoch     integer NOT NULL,
  opened_at timestamptz(3) NOT NULL,
  closed_at timestamptz(3),
  PRIMARY KEY (provider, epoch),
  CHECK (closed_at >= opened_at)
);

-- What a provider has said of a delivery that goes on: who takes the next attempt depends on it.
CREATE TABLE provider_setbacks (
  delivery_id uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  provider    text NOT NULL,
  -- It will not take this delivery.
  refused     boolean NOT NULL,
  -- How often it was called, and how often that failed in a way in which another provider may do better.
  calls       integer NOT NULL CHECK (calls > 0),
  setbacks    integer NOT NULL CHECK (setbacks BETWEEN 0 AND calls),
  -- Not to be asked again before this moment.
  again_at    timestamptz(3) NOT NULL,
  PRIMARY KEY (delivery_id, provider)
);
