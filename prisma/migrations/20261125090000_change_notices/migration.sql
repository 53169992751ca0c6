-- Processes keep users, categories, templates and settings for a while. Whoever changes one, by whatever way, tells them
-- so: `<table>:<id>`, or `<table>:` for all rows. What was never there is kept by nobody, so new rows are no news, except
-- where there is one row at most. Nor is a write that changes nothing, as apps make at each start.
CREATE FUNCTION notice_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'updated_at' = to_jsonb(NEW) - 'updated_at' THEN
    RETURN NULL;
  END IF;
  PERFORM pg_notify('tidings_changes', TG_TABLE_NAME || ':' || OLD.id);
  RETURN NULL;
END $$;
CREATE FUNCTION notice_change_of_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tidings_changes', TG_TABLE_NAME || ':');
  RETURN NULL;
END $$;

CREATE TRIGGER notice_change AFTER UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION notice_change();
CREATE TRIGGER notice_change AFTER UPDATE OR DELETE ON categories FOR EACH ROW EXECUTE FUNCTION notice_change();
CREATE TRIGGER notice_change AFTER UPDATE OR DELETE ON templates FOR EACH ROW EXECUTE FUNCTION notice_change();
CREATE TRIGGER notice_change_of_all AFTER TRUNCATE ON users EXECUTE FUNCTION notice_change_of_all();
CREATE TRIGGER notice_change_of_all AFTER TRUNCATE ON categories EXECUTE FUNCTION notice_change_of_all();
CREATE TRIGGER notice_change_of_all AFTER TRUNCATE ON templates EXECUTE FUNCTION notice_change_of_all();
CREATE TRIGGER notice_change_of_all AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON settings
  EXECUTE FUNCTION notice_change_of_all();
