"""Entries are numbered and hashed when their transaction commits, and can never be changed.

The trigger runs last in the transaction, so the head is locked only while committing: writers do not queue
behind each other's work, and cannot deadlock on the order of their entries.
"""

from django.db import migrations

from portal.lib.isolation import isolate

# What the pages rely on; a body that is anything else could be added by SQL and never be removed.
SHAPE = """
ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_shape CHECK ((
  jsonb_typeof(body::jsonb) = 'object' AND jsonb_typeof(body::jsonb -> 'tag') = 'string'
  AND body::jsonb ->> 'at' ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+00:00$'
  AND jsonb_typeof(body::jsonb -> 'actor') = 'object' AND jsonb_typeof(body::jsonb -> 'fields') = 'object') IS TRUE);
"""

PRIVILEGES = """
REVOKE ALL ON audit_entry, audit_chain FROM portal_app;
GRANT SELECT, INSERT (tenant_id, body) ON audit_entry TO portal_app;
GRANT SELECT ON audit_chain TO portal_app;
GRANT USAGE ON SCHEMA public TO portal_sealer;
GRANT SELECT, INSERT, UPDATE ON audit_chain TO portal_sealer;
GRANT SELECT, UPDATE (seq, hash) ON audit_entry TO portal_sealer;
"""

TRIGGERS = """
CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
DECLARE head audit_chain; digest bytea;
BEGIN
  INSERT INTO audit_chain (tenant_id, seq, hash) VALUES (NEW.tenant_id, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM audit_chain WHERE tenant_id = NEW.tenant_id FOR UPDATE;
  digest := sha256(head.hash || convert_to((head.seq + 1)::text || chr(10) || NEW.body, 'UTF8'));
  UPDATE audit_entry SET seq = head.seq + 1, hash = digest WHERE id = NEW.id;
  UPDATE audit_chain SET seq = head.seq + 1, hash = digest WHERE tenant_id = NEW.tenant_id;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.id = OLD.id
     AND NEW.body = OLD.body AND NEW.tenant_id = OLD.tenant_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON audit_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_seal();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();

GRANT CREATE ON SCHEMA public TO portal_sealer;
ALTER FUNCTION audit_seal OWNER TO portal_sealer;
SET LOCAL ROLE portal_sealer;
REVOKE EXECUTE ON FUNCTION audit_seal FROM PUBLIC;
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM portal_sealer;
"""

# Anybody may add to the platform's chain (a refused sign-in has no tenant); only its own scope reads it.
POLICIES = """
CREATE POLICY platform ON audit_entry FOR INSERT TO portal_app
  WITH CHECK (tenant_id = '00000000-0000-0000-0000-000000000000');
CREATE POLICY sealer ON audit_entry TO portal_sealer USING (true);
CREATE POLICY sealer ON audit_chain TO portal_sealer USING (true);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenants", "0002_privileges")]
    operations = [
        migrations.RunSQL(
            SHAPE + PRIVILEGES + TRIGGERS + isolate("audit_entry") + isolate("audit_chain") + POLICIES,
            migrations.RunSQL.noop,
        ),
    ]
