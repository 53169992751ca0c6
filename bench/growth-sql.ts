// Ids are made from numbers, so that each statement finds the rows of the one before without reading them.
const id = (kind: number, number: string) => `('0000000${kind}' || lpad(to_hex((${number})::bigint), 24, '0'))::uuid`;
const AT = "timestamptz '2026-11-20' + n * interval '0.4 second'";

/** By table, in this order. `:users` and `:notifications` are how many there are to be. */
export const GROW = {
  users: `INSERT INTO users (id, locale, timezone, attributes)
    SELECT 'user-' || n, 'en', 'Asia/Seoul', '{"first_name": "Somebody"}' FROM generate_series(1, :users) AS n`,
  contacts: `INSERT INTO contacts (id, user_id, channel, address, address_hash, "primary")
    SELECT ${id(1, "n")}, 'user-' || n, 'email', 'user-' || n || '@example.com', sha256(('user-' || n)::bytea), true
    FROM generate_series(1, :users) AS n`,
  preferences: `INSERT INTO preferences (user_id, categories)
    SELECT 'user-' || n, '{"marketing": {"email": false}}' FROM generate_series(1, :users, 2) AS n`,
  suppressions: `INSERT INTO suppressions (channel, address_hash, reason, source)
    SELECT 'email', sha256(('user-' || n)::bytea), 'bounced', 'smtp' FROM generate_series(1, :users, 20) AS n`,
  event_keys: `INSERT INTO event_keys (client_id, event_id, body_hash, notification_id, owner_workflow_id, owner_first_run_id)
    SELECT 'shop', 'grown-' || n, sha256(n::text::bytea), ${id(2, "n")}, 'ntf:shop:grown-' || n, gen_random_uuid()
    FROM generate_series(1, :notifications) AS n`,
  notifications: `INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id,
      template_version, status, mandatory, guarantee, priority, accepted_at, decided_at, first_attempt_at, final_at, sent_count)
    SELECT ${id(2, "n")}, 'shop', 'grown-' || n, 'ntf:shop:grown-' || n, 'user-' || (n % :users + 1), 'letters',
      'order_shipped', 1, 'sent', false, 'at_least_once', 'normal', ${AT}, ${AT}, ${AT}, ${AT}, 1
    FROM generate_series(1, :notifications) AS n`,
  notification_contents: `INSERT INTO notification_contents (notification_id, request)
    SELECT ${id(2, "n")}, '{"data": {"item_name": "Blue kettle"}}' FROM generate_series(1, :notifications) AS n`,
  deliveries: `INSERT INTO deliveries (id, notification_id, position, channel, contact_id, address_hash, provider, status,
      attempts, provider_message_id, sent_at)
    SELECT ${id(3, "n")}, ${id(2, "n")}, 1, 'email', ${id(1, "n % :users + 1")}, sha256(('user-' || (n % :users + 1))::bytea),
      'smtp', 'sent', 1, 'message-' || n, ${AT}
    FROM generate_series(1, :notifications) AS n`,
  attempts: `INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, closed_at, outcome, provider_message_id)
    SELECT ${id(4, "n")}, ${id(3, "n")}, 1, 0, 'smtp', ${AT}, ${AT}, 'sent', 'message-' || n
    FROM generate_series(1, :notifications) AS n`,
  timeline_events: `INSERT INTO timeline_events (id, at, notification_id, type, detail)
    SELECT gen_random_uuid(), ${AT}, ${id(2, "n")}, type, '{}'
    FROM generate_series(1, :notifications) AS n, unnest('{accepted,finished}'::text[]) AS type`,
  rate_bookings: `INSERT INTO rate_bookings (notification_id, window_name, subject, at)
    SELECT ${id(2, "n")}, 'category:letters/3600000', 'user-' || (n % :users + 1), ${AT}
    FROM generate_series(1, :notifications, 4) AS n`,
};

/** Half as many again that wait for a time that has not come. */
export const WAITING = `
  INSERT INTO notifications (id, client_id, event_id, workflow_id, user_id, category_id, template_id, template_version,
    status, mandatory, guarantee, priority, accepted_at, decided_at, scheduled_for, next_action_at)
  SELECT ${id(5, "n")}, 'shop', 'waits-' || n, 'ntf:shop:waits-' || n, 'user-' || (n % :users + 1), 'letters',
    'order_shipped', 1, 'scheduled', false, 'at_least_once', 'normal', ${AT}, ${AT}, at, at
  FROM generate_series(1, :notifications / 2) AS n, LATERAL (SELECT now() + (n % 500 + 1) * interval '1 hour' AS at) AS due`;

/** Attempts with ids of their time, as they are in life: of the last two hours, one each 100 milliseconds. */
export const ATTEMPTS_OF_TWO_HOURS = `
  INSERT INTO attempts (id, delivery_id, number, generation, provider, opened_at, closed_at, outcome)
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || lpad(to_hex(n), 20, '0'))::uuid,
    ${id(3, "n")}, 2, 0, 'sendgrid', at, at, 'sent'
  FROM generate_series(1, 72000) AS n, LATERAL (SELECT now() - n * interval '0.1 second' AS at) AS made`;

/** A user of whom so many contacts are known, and one of them is a mailbox. */
export const manyContacts = (contacts: number) => `
  WITH many AS (
    INSERT INTO users (id, attributes) VALUES ('many', '{"first_name": "Many"}') RETURNING id
  )
  INSERT INTO contacts (id, user_id, channel, address, address_hash)
  SELECT gen_random_uuid(), id, CASE n WHEN 1 THEN 'email' ELSE 'fcm' END,
    CASE n WHEN 1 THEN 'many@example.com' ELSE 'token-of-many-' || n END, sha256(('many-' || n)::bytea)
  FROM many, generate_series(1, ${contacts}) AS n`;
