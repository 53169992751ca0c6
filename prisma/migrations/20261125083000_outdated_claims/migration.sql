-- By which the oldest are found, to be forgotten.
CREATE INDEX content_keys_at_idx ON content_keys (at);
