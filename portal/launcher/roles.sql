-- The roles of the portal, for PostgreSQL 16 or newer. Run it as an administrator, connected to the portal's
-- database, as often as you like:
--     createdb portal && psql -d portal -f portal/launcher/roles.sql
-- then give portal_owner and portal_app a password each (\password portal_app).

DO $$
DECLARE
    administrator boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['portal_owner', 'portal_app', 'portal_finder', 'portal_sealer'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
    END LOOP;

    -- Only a superuser may give away a database to a role that it cannot become itself.
    IF NOT administrator AND NOT pg_has_role(current_user, 'portal_owner', 'SET') THEN
        EXECUTE format('GRANT portal_owner TO %I', current_user);
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO portal_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal_app', current_database());
END
$$;

-- Owns the database and every table; used by migrations alone.
ALTER ROLE portal_owner LOGIN NOCREATEROLE;
-- The application: owns nothing, so that row-level security holds for it.
ALTER ROLE portal_app LOGIN NOCREATEDB NOCREATEROLE;
-- What a machine held that went without a word comes free when the server sees that its sessions are gone: after half a
-- minute instead of the two hours of most systems. Sessions over a Unix socket do not need it and ignore it.
ALTER ROLE portal_app SET tcp_keepalives_idle = 10;
ALTER ROLE portal_app SET tcp_keepalives_interval = 5;
ALTER ROLE portal_app SET tcp_keepalives_count = 3;
ALTER ROLE portal_app SET tcp_user_timeout = '30s';
-- Owns the functions that look things up before a tenant is known.
ALTER ROLE portal_finder NOLOGIN;
-- Owns the functions that seal the audit log.
ALTER ROLE portal_sealer NOLOGIN;

-- Migrations may hand functions to these two, yet do not inherit their policies: with INHERIT,
-- FORCE ROW LEVEL SECURITY would mean nothing for the owner.
GRANT portal_finder, portal_sealer TO portal_owner WITH INHERIT FALSE, SET TRUE;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
