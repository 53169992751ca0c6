-- What providers tell later about messages that they took.

-- Which of their events are known. Providers repeat them for days, so this is kept apart from the months of receipts.
CREATE TABLE receipt_keys (
  provider    text NOT NULL,
  event_key   text NOT NULL,
  receipt_id  uuid NOT NULL,
  received_at timestamptz(3) NOT NULL,
  PRIMARY KEY (provider, event_key)
);

CREATE TABLE receipts (
  id                  uuid NOT NULL,
  received_at         timestamptz(3) NOT NULL,
  provider            text NOT NULL,
  type                text NOT NULL CHECK (type IN ('sent', 'delivered', 'opened', 'clicked', 'failed', 'bounced',
                        'complained', 'unsubscribed')),
  code                text,
  -- What follows for the address.
  mark                text CHECK (mark IN ('deactivate', 'suppress')),
  -- When it happened, by the provider's clock.
  occurred_at         timestamptz(3),
  -- As the provider names it: the attempt by our id, or the message by its own.
  attempt_id          uuid,
  provider_message_id text,
  -- When it had its effect. One that belongs to no attempt that is known waits for one.
  settled_at          timestamptz(3),
  PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX receipts_unsettled_idx ON receipts (received_at) WHERE settled_at IS NULL;
CREATE TABLE receipts_default PARTITION OF receipts DEFAULT;
SELECT ensure_month_partitions('receipts', 3);

CREATE INDEX attempts_provider_message_id_idx ON attempts (provider_message_id) WHERE provider_message_id IS NOT NULL;
