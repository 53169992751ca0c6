-- The promises of this service rest on the keys and constraints below; ARCHITECTURE.md says which carries what.
-- Nothing here needs more than PostgreSQL 15.

CREATE TABLE clients (
  id         text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{2,32}$'),
  name       text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
  id          uuid PRIMARY KEY,
  client_id   text NOT NULL REFERENCES clients (id),
  app_key     text NOT NULL UNIQUE,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  name        text NOT NULL,
  scopes      text[] NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  expires_at  timestamptz(3),
  revoked_at  timestamptz(3)
);
CREATE INDEX api_keys_client_id_idx ON api_keys (client_id);

CREATE TABLE users (
  id         text PRIMARY KEY,
  locale     text,
  timezone   text,
  attributes jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE contacts (
  id             uuid PRIMARY KEY,
  user_id        text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  channel        text NOT NULL CHECK (channel IN ('apns', 'fcm', 'sms', 'email')),
  address        text NOT NULL,
  address_hash   bytea NOT NULL,
  app            text,
  -- Of a phone number, where it has one (ISO 3166-1), so that nobody needs the number to ask for it.
  country        text,
  "primary"      boolean NOT NULL DEFAULT false,
  deactivated_at timestamptz(3),
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  -- The last registration, which every start of an app repeats.
  registered_at  timestamptz(3) NOT NULL DEFAULT now()
);
-- Each kind of contact has one unique key that decides between registrations: two could fail each other's upserts. A
-- phone that changes hands takes its token along: one owner at a time.
CREATE UNIQUE INDEX contacts_device_owner_idx ON contacts (channel, address) WHERE channel IN ('apns', 'fcm');
CREATE UNIQUE INDEX contacts_user_address_idx ON contacts (user_id, channel, address) WHERE channel IN ('sms', 'email');
CREATE UNIQUE INDEX contacts_one_primary_idx ON contacts (user_id, channel) WHERE "primary";
CREATE INDEX contacts_user_id_id_idx ON contacts (user_id, id);
CREATE INDEX contacts_address_hash_idx ON contacts (channel, address_hash);

CREATE TABLE preferences (
  user_id     text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  "all"       boolean NOT NULL DEFAULT true,
  quiet_hours jsonb,
  categories  jsonb NOT NULL DEFAULT '{}',
  updated_at  timestamptz(3) NOT NULL DEFAULT now()
);

-- Who is subscribed to a topic; the key is also the order in which its users are paged through.
CREATE TABLE topic_subscriptions (
  topic      text NOT NULL,
  user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, user_id)
);
CREATE INDEX topic_subscriptions_user_id_topic_idx ON topic_subscriptions (user_id, topic);

-- Only the hash of an address: what must not be sent to is known for good, also where its user was erased.
CREATE TABLE suppressions (
  channel      text NOT NULL CHECK (channel IN ('apns', 'fcm', 'sms', 'email')),
  address_hash bytea NOT NULL,
  reason       text NOT NULL,
  source       text NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, address_hash)
);
CREATE INDEX suppressions_created_at_idx ON suppressions (created_at, channel, address_hash);

CREATE TABLE categories (
  id               text PRIMARY KEY,
  channels         text[] NOT NULL CHECK (cardinality(channels) > 0),
  mandatory        boolean NOT NULL DEFAULT false,
  guarantee        text NOT NULL DEFAULT 'at_least_once' CHECK (guarantee IN ('at_least_once', 'at_most_once')),
  priority         text NOT NULL DEFAULT 'normal' CHECK (priority IN ('high', 'normal', 'low')),
  expires_after_ms bigint CHECK (expires_after_ms > 0),
  limits           jsonb NOT NULL DEFAULT '[]',
  on_limit         text NOT NULL DEFAULT 'drop' CHECK (on_limit IN ('drop', 'defer')),
  quiet_hours      jsonb NOT NULL DEFAULT '"hold"',
  dedup_within_ms  bigint CHECK (dedup_within_ms > 0),
  created_at       timestamptz(3) NOT NULL DEFAULT now(),
  updated_at       timestamptz(3) NOT NULL DEFAULT now()
);

-- What holds for everybody: one row at most.
CREATE TABLE settings (
  id            boolean PRIMARY KEY DEFAULT true CHECK (id),
  limits        jsonb NOT NULL DEFAULT '[]',
  quiet_hours   jsonb,
  -- Where SMS may go to (ISO 3166-1); null: not restricted here.
  sms_countries jsonb,
  updated_at    timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE templates (
  id              text PRIMARY KEY,
  current_version integer NOT NULL CHECK (current_version > 0),
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE template_versions (
  template_id text NOT NULL REFERENCES templates (id),
  version     integer NOT NULL CHECK (version > 0),
  locales     jsonb NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (template_id, version)
);

CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are immutable', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER template_versions_are_immutable BEFORE UPDATE ON template_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_update();

-- Who owns an event ID, for good. Whoever inserts the row first owns it; ownership moves by compare-and-set only.
CREATE TABLE event_keys (
  client_id          text NOT NULL,
  event_id           text NOT NULL,
  body_hash          bytea NOT NULL,
  notification_id    uuid NOT NULL UNIQUE,
  owner_workflow_id  text NOT NULL,
  owner_first_run_id text NOT NULL,
  generation         integer NOT NULL DEFAULT 0,
  created_at         timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (client_id, event_id)
);

CREATE TABLE notifications (
  id               uuid PRIMARY KEY,
  client_id        text NOT NULL REFERENCES clients (id),
  event_id         text NOT NULL,
  workflow_id      text NOT NULL,
  user_id          text,
  category_id      text NOT NULL,
  template_id      text NOT NULL,
  template_version integer NOT NULL,
  status           text NOT NULL CHECK (status IN ('accepted', 'scheduled', 'held', 'sending', 'sent', 'partially_sent',
                     'failed', 'suppressed', 'cancelled', 'expired', 'unknown')),
  reason           text,
  -- The first reasons met on the way; the one that fits the outcome becomes `reason`.
  skip_reason      text,
  fail_reason      text,
  mandatory        boolean NOT NULL,
  guarantee        text NOT NULL CHECK (guarantee IN ('at_least_once', 'at_most_once')),
  priority         text NOT NULL,
  locale           text,
  generation       integer NOT NULL DEFAULT 0,
  accepted_at      timestamptz(3) NOT NULL,
  -- What was asked for, and when it is due next: that, the end of quiet hours, or a free place in a rate limit.
  send_at          timestamptz(3),
  scheduled_for    timestamptz(3),
  expires_at       timestamptz(3),
  decided_at       timestamptz(3) NOT NULL,
  first_attempt_at timestamptz(3),
  cancelled_at     timestamptz(3),
  final_at         timestamptz(3),
  next_action_at   timestamptz(3),
  open_count       integer NOT NULL DEFAULT 0 CHECK (open_count >= 0),
  sent_count       integer NOT NULL DEFAULT 0 CHECK (sent_count >= 0),
  failed_count     integer NOT NULL DEFAULT 0 CHECK (failed_count >= 0),
  unknown_count    integer NOT NULL DEFAULT 0 CHECK (unknown_count >= 0),
  -- A final state is a promise: nothing is open any more, and nobody has to come back.
  CHECK (final_at IS NULL OR (open_count = 0 AND next_action_at IS NULL)),
  CHECK (final_at IS NOT NULL OR next_action_at IS NOT NULL),
  -- `cancelled` promises that no attempt was ever opened.
  CHECK (status <> 'cancelled' OR first_attempt_at IS NULL)
);
CREATE INDEX notifications_client_id_id_idx ON notifications (client_id, id DESC);
CREATE INDEX notifications_user_id_id_idx ON notifications (user_id, id DESC);
CREATE INDEX notifications_next_action_idx ON notifications (next_action_at, id) WHERE final_at IS NULL;

-- The same content to the same recipient within a category's window is one notification: whoever holds the key. `at` is
-- when it was claimed; the window is the category's, so a longer one finds older keys.
CREATE TABLE content_keys (
  category_id     text NOT NULL,
  content_hash    bytea NOT NULL,
  notification_id uuid NOT NULL,
  at              timestamptz(3) NOT NULL,
  PRIMARY KEY (category_id, content_hash)
);
CREATE INDEX content_keys_notification_idx ON content_keys (notification_id);

-- Places in rate limits, also of notifications that wait for theirs. `subject`: a user, or the hash of an address.
CREATE TABLE rate_bookings (
  notification_id uuid NOT NULL,
  window_name     text NOT NULL,
  subject         text NOT NULL,
  at              timestamptz(3) NOT NULL,
  PRIMARY KEY (notification_id, window_name)
);
CREATE INDEX rate_bookings_subject_idx ON rate_bookings (subject, window_name, at);
CREATE INDEX rate_bookings_at_idx ON rate_bookings (at);

-- Whoever takes a place locks its subject's row first; users need no row of their own for that.
CREATE TABLE rate_subjects (
  subject   text PRIMARY KEY,
  locked_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE notification_contents (
  notification_id uuid PRIMARY KEY REFERENCES notifications (id) ON DELETE CASCADE,
  -- As it was accepted, so that another workflow can take it up where the first one was lost.
  request         jsonb NOT NULL
);

CREATE TABLE deliveries (
  id                  uuid PRIMARY KEY,
  notification_id     uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  position            integer NOT NULL,
  channel             text NOT NULL CHECK (channel IN ('apns', 'fcm', 'sms', 'email', 'push')),
  contact_id          uuid,
  address_hash        bytea,
  provider            text,
  status              text NOT NULL CHECK (status IN ('pending', 'sending', 'sent', 'delivered', 'opened', 'clicked',
                        'failed', 'bounced', 'complained', 'suppressed', 'cancelled', 'expired', 'unknown')),
  reason              text,
  attempts            integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  open_attempt_id     uuid,
  possible_duplicate  boolean NOT NULL DEFAULT false,
  provider_message_id text,
  sent_at             timestamptz(3),
  delivered_at        timestamptz(3),
  opened_at           timestamptz(3),
  UNIQUE (notification_id, position),
  -- `push` names a channel only where no device was there to say which.
  CHECK (channel <> 'push' OR status = 'suppressed'),
  CHECK (open_attempt_id IS NULL OR status = 'sending')
);

CREATE TABLE attempts (
  id                  uuid PRIMARY KEY,
  delivery_id         uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  number              integer NOT NULL,
  generation          integer NOT NULL,
  provider            text NOT NULL,
  opened_at           timestamptz(3) NOT NULL,
  closed_at           timestamptz(3),
  outcome             text CHECK (outcome IN ('sent', 'permanent', 'throttled', 'transient', 'unknown')),
  provider_message_id text,
  code                text,
  retry_at            timestamptz(3),
  UNIQUE (delivery_id, number),
  CHECK ((closed_at IS NULL) = (outcome IS NULL))
);

-- The timeline grows without bound: months are dropped whole. Nothing refers to it.
CREATE TABLE timeline_events (
  id              uuid NOT NULL,
  at              timestamptz NOT NULL,
  notification_id uuid NOT NULL,
  delivery_id     uuid,
  type            text NOT NULL,
  channel         text,
  detail          jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX timeline_events_notification_id_at_id_idx ON timeline_events (notification_id, at, id);
CREATE TABLE timeline_events_default PARTITION OF timeline_events DEFAULT;

-- Makes the partitions of this month and `months` more. Safe to run from many processes at once; a month whose rows
-- already went to the default partition stays there.
CREATE FUNCTION ensure_month_partitions(parent text, months integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first_day date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
  month_start date;
  child text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_month_partitions'), hashtext(parent));
  FOR i IN 0..months LOOP
    month_start := (first_day + make_interval(months => i))::date;
    child := parent || to_char(month_start, '"_y"YYYY"m"MM');
    IF to_regclass(child) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent,
          month_start::timestamp AT TIME ZONE 'UTC', (month_start + interval '1 month')::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
      EXCEPTION WHEN check_violation THEN
        RAISE NOTICE 'month % stays in the default partition of %', month_start, parent;
      END;
    END IF;
  END LOOP;
  RETURN made;
END $$;
SELECT ensure_month_partitions('timeline_events', 3);
