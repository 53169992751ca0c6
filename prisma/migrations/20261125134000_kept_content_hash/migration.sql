-- Of recipient, template and data, so that whoever takes a notification up can ask again whether the same was sent
-- meanwhile. Null for what was admitted before.
ALTER TABLE notification_contents ADD COLUMN content_hash bytea;
