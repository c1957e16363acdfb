-- What the portal's database grants before the first migration. Run as a superuser in it.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO portal_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO portal_app, portal_worker, portal_report, portal_migrator',
        current_database()
    );
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO portal_app, portal_worker, portal_report;
-- CREATE lets a migration hand portal_gate a function; nobody can sign in as portal_gate.
GRANT USAGE, CREATE ON SCHEMA public TO portal_gate, portal_owner;
