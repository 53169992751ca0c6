-- Messages that an SMS is split into, which is what it costs; null for other channels, and before an attempt.
ALTER TABLE deliveries ADD COLUMN segments integer CHECK (segments > 0);
