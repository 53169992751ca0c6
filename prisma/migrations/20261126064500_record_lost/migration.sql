-- Of a delivery that may have been sent without an attempt to show for it, since the database was set back: whatever is
-- learnt of its other attempts, it may have arrived.
ALTER TABLE deliveries ADD COLUMN record_lost boolean NOT NULL DEFAULT false;
