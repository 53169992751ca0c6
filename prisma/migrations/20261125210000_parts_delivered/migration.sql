-- Parts of a long text that its provider has reported as delivered, where it reports on each by itself.
ALTER TABLE attempts ADD COLUMN parts_delivered smallint NOT NULL DEFAULT 0;
