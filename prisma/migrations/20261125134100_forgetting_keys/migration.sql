-- The old ones are found by it, and new ones hardly pay for it: rows come in the order of their time.
CREATE INDEX receipt_keys_received_at_idx ON receipt_keys USING brin (received_at) WITH (autosummarize = on);
