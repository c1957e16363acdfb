-- The database roles of the portal (docs: architecture, decision 5). Run as a superuser in the
-- portal's database, whose owner is portal_owner; running it again changes nothing. On a server
-- of your own give each login a password afterwards: ALTER ROLE portal_app PASSWORD '...'.
DO $$
DECLARE
    made text;
BEGIN
    FOREACH made IN ARRAY ARRAY['portal_owner', 'portal_gate'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', made);
        END IF;
    END LOOP;
    FOREACH made IN ARRAY ARRAY['portal_app', 'portal_worker', 'portal_report', 'portal_migrator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', made);
        END IF;
    END LOOP;
END
$$;

-- The worker sees its queues as itself and steps down to portal_app before any business row.
GRANT portal_app TO portal_worker;
-- Migrations hand functions to portal_gate, and run as portal_owner whoever signs in for them.
GRANT portal_gate TO portal_owner;
GRANT portal_owner TO portal_migrator;
ALTER ROLE portal_migrator SET role = 'portal_owner';
-- Reports read, and never for ever.
ALTER ROLE portal_report SET default_transaction_read_only = on;
ALTER ROLE portal_report SET statement_timeout = '60s';
ALTER ROLE portal_app SET statement_timeout = '30s';
ALTER ROLE portal_app SET idle_in_transaction_session_timeout = '60s';
