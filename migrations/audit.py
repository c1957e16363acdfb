"""The audit trigger: every change of a tenant's row, whoever made it and by whatever way.

One generic function writes who, for whom, what, when, why and in which request, from the settings
that ``app.db.session`` announces with the viewer (reliability.md C7). It is owned by
``portal_gate``, the only role that may insert; nobody may change or delete what is written.
"""

from alembic import op

UNTOLD = frozenset(
    {"audit_entry", "audit_seal", "outbox_message", "outbox_attempt", "inbox_notice",
     "client_request", "cron_tick", "number_series", "import_message", "report_glance",
     "provider_usage"}
)  # fmt: skip
"""Queues, counters and the log itself: they are told elsewhere, or are no facts about anybody."""

MASKED = (
    "password",
    "account",
    "tax_number",
    "passport",
    "totp_secret",
    "code_sha256",
    "sha256_key",
    "id_sha256",
    "recovery_hashes",
)
"""Secrets: that they changed is told, what they are is not."""

DERIVED = (
    "search",
    "trigrams",
    "folded",
    "during",
    "updated_at",
    "version",
    "last_seen_at",
    "idle_expires_at",
    "session_data",
    "credentials",
    "access_until",
)
"""Columns that follow from others or from the looking; they say nothing new."""

FAB_TABLES = ("ab_user", "ab_role", "ab_user_role", "ab_permission_view_role", "ab_group",
              "ab_user_group", "ab_group_role")  # fmt: skip

LOGIN_NOISE = ("last_login", "login_count", "fail_login_count", "changed_on", "created_on")

_NAMES = "ARRAY[" + ", ".join(f"'{name}'" for name in MASKED) + "]"
_QUIET = "ARRAY[" + ", ".join(f"'{name}'" for name in (*DERIVED, *LOGIN_NOISE)) + "]"

FUNCTION = f"""
CREATE FUNCTION write_audit_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  was jsonb; now_ jsonb; before_ jsonb; after_ jsonb; organisation bigint; key text;
BEGIN
  was := CASE WHEN TG_OP = 'INSERT' THEN '{{}}'::jsonb ELSE to_jsonb(OLD) - {_QUIET} END;
  now_ := CASE WHEN TG_OP = 'DELETE' THEN '{{}}'::jsonb ELSE to_jsonb(NEW) - {_QUIET} END;
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_object_agg(k, was -> k), jsonb_object_agg(k, now_ -> k) INTO before_, after_
      FROM jsonb_object_keys(now_) AS k WHERE (was -> k) IS DISTINCT FROM (now_ -> k);
    IF after_ IS NULL THEN RETURN NULL; END IF;
  ELSE
    before_ := NULLIF(was, '{{}}'::jsonb); after_ := NULLIF(now_, '{{}}'::jsonb);
  END IF;
  FOREACH key IN ARRAY {_NAMES} LOOP
    IF before_ ? key AND before_ ->> key IS NOT NULL THEN before_ := jsonb_set(before_, ARRAY[key], '"•••"'); END IF;
    IF after_ ? key AND after_ ->> key IS NOT NULL THEN after_ := jsonb_set(after_, ARRAY[key], '"•••"'); END IF;
  END LOOP;
  now_ := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
  organisation := CASE WHEN TG_TABLE_NAME = 'organisation' THEN (now_ ->> 'id')::bigint
                       ELSE (now_ ->> 'organisation_id')::bigint END;
  INSERT INTO audit_entry (organisation_id, happened_at, actor, on_behalf_of, action, entity,
                           entity_id, before, after, reason, request_id, transaction_id)
  VALUES (organisation, clock_timestamp(),
          coalesce(NULLIF(current_setting('app.actor', true), ''), 'database:' || session_user),
          coalesce(current_setting('app.on_behalf_of', true), ''), lower(TG_OP), TG_TABLE_NAME,
          coalesce(now_ ->> 'id', now_ ->> 'series', now_ ->> 'user_id', ''), before_, after_,
          coalesce(current_setting('app.reason', true), ''),
          coalesce(current_setting('app.request_id', true), ''),
          pg_current_xact_id()::text::bigint);
  RETURN NULL;
END $$
"""

OWNER = """organisation := CASE WHEN TG_TABLE_NAME = 'organisation' THEN (now_ ->> 'id')::bigint
                       ELSE (now_ ->> 'organisation_id')::bigint END;"""

EMPLOYER = """organisation := CASE TG_TABLE_NAME
    WHEN 'organisation' THEN (now_ ->> 'id')::bigint
    WHEN 'ab_user' THEN coalesce(
      (SELECT organisation_id FROM staff_profile WHERE user_id = (now_ ->> 'id')::bigint),
      NULLIF(current_setting('app.organisation_id', true), '')::bigint)
    WHEN 'ab_user_role' THEN coalesce(
      (SELECT organisation_id FROM staff_profile WHERE user_id = (now_ ->> 'user_id')::bigint),
      NULLIF(current_setting('app.organisation_id', true), '')::bigint)
    ELSE (now_ ->> 'organisation_id')::bigint END;"""
"""Whose history tells of an account or of somebody's roles: their employer's, else the inviter's."""


def told_by_company() -> str:
    """Return the trigger function that tells a company of its staff's accounts and roles."""
    told = FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    return told.replace(OWNER, EMPLOYER, 1)


VIEWED = """
CREATE FUNCTION write_view_entry(entity_ text, entity_id_ text, fields text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_entry (organisation_id, happened_at, actor, on_behalf_of, action, entity,
                           entity_id, after, reason, request_id, transaction_id)
  VALUES (NULLIF(current_setting('app.organisation_id', true), '')::bigint, clock_timestamp(),
          current_setting('app.actor', true), coalesce(current_setting('app.on_behalf_of', true), ''),
          'view', entity_, entity_id_, jsonb_build_object('fields', to_jsonb(fields)),
          coalesce(current_setting('app.reason', true), ''),
          coalesce(current_setting('app.request_id', true), ''), pg_current_xact_id()::text::bigint)
$$
"""

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is append-only: % is refused.', TG_OP;
END $$
"""

OWNED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r'
  AND (c.relname = 'organisation' OR EXISTS (SELECT FROM pg_attribute a
       WHERE a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped))
"""


def make_functions() -> None:
    """Make the trigger functions, owned by the gate."""
    for sql in (FUNCTION, VIEWED, REFUSE):
        op.execute(sql)
    op.execute("ALTER FUNCTION write_audit_entry() OWNER TO portal_gate")
    op.execute("ALTER FUNCTION write_view_entry(text, text, text[]) OWNER TO portal_gate")
    for name in ("write_audit_entry()", "write_view_entry(text, text, text[])"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION write_view_entry(text, text, text[]) TO portal_app")
    op.execute("GRANT INSERT ON audit_entry TO portal_gate")
    op.execute(
        "CREATE POLICY gate_writes ON audit_entry FOR INSERT TO portal_gate WITH CHECK (true)"
    )


def watch_tenants() -> None:
    """Put the trigger on every table of a tenant's and on FAB's; running it again adds what is new."""
    untold = ", ".join(f"'{table}'" for table in sorted(UNTOLD))
    fab = ", ".join(f"'{table}'" for table in FAB_TABLES)
    op.execute(
        f"""
        DO $$
        DECLARE told record;
        BEGIN
          FOR told IN SELECT relname FROM ({OWNED}) t WHERE relname NOT IN ({untold})
              UNION SELECT relname FROM pg_class WHERE relkind = 'r' AND relname IN ({fab}) LOOP
            EXECUTE format('CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %I '
                           'FOR EACH ROW EXECUTE FUNCTION write_audit_entry()', told.relname);
          END LOOP;
        END $$
        """
    )


def watch_decisions() -> None:
    """Tell what a person decided about a promise; what couriers do is told by its attempts."""
    op.execute(
        "CREATE TRIGGER audit AFTER UPDATE ON outbox_message FOR EACH ROW "
        "WHEN (NULLIF(current_setting('app.reason', true), '') IS NOT NULL) "
        "EXECUTE FUNCTION write_audit_entry()"
    )


def make_append_only(table: str) -> None:
    """Refuse change, deletion and emptying of ``table``, even to its owner."""
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
