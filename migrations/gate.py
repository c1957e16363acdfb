"""The gate: one-question functions for what must be known before the viewer is known.

Architecture.md decision 5: they are owned by ``portal_gate``, which alone may touch the sign-in
tables; the doors may only ask. Who shows a session's or a link's 256-bit secret (as its SHA-256)
learns about that one, and nobody can list them.
"""

from alembic import op

from migrations import policies

READ = ("contact_point", "person", "artist_profile", "representation")
KEPT = ("portal_identity", "login_token", "web_session", "known_device")

STAFF = """
CREATE FUNCTION gate_staff(user_ bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT organisation_id FROM staff_profile WHERE user_id = user_ AND status = 'active')
"""

ORGANISATION = """
CREATE FUNCTION gate_organisation(slug_ text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT id FROM organisation WHERE slug = slug_)
"""

REFERENCE = """
CREATE FUNCTION gate_reference(reference_ text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT organisation_id FROM outbox_message
        WHERE external_id = reference_ OR id::text = lower(reference_) ORDER BY id LIMIT 1)
"""

SEATS = """
CREATE FUNCTION gate_seats(address text, day date)
RETURNS TABLE (organisation_id bigint, organisation_name text, artist_id bigint, artist_key uuid,
               artist_name text, agent_id bigint, agent_name text, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  WITH known AS (
    SELECT p.* FROM contact_point c JOIN person p ON p.id = c.person_id
    WHERE c.kind = 'email' AND c.normalised = address AND p.archived_at IS NULL
      AND (c.verified_at IS NOT NULL OR c.conflict_note = '')
  )
  SELECT o.id, o.name, k.id, k.public_id, k.name, NULL::bigint, ''::text,
         ARRAY['view', 'sign', 'claim', 'paid']
  FROM known k JOIN organisation o ON o.id = k.organisation_id
  WHERE NOT k.is_agent OR EXISTS (SELECT FROM artist_profile a WHERE a.person_id = k.id)
  UNION ALL
  SELECT o.id, o.name, p.id, p.public_id, p.name, k.id, k.name, r.scopes
  FROM known k
  JOIN representation r ON r.agent_id = k.id
       AND r.starts_on <= day AND (r.ends_on IS NULL OR r.ends_on >= day)
  JOIN person p ON p.id = r.artist_id AND p.archived_at IS NULL
  JOIN organisation o ON o.id = r.organisation_id
  ORDER BY 2, 5, 6 NULLS FIRST;
END
"""

ISSUE = """
CREATE FUNCTION gate_issue_token(address text, purpose_ text, token_ bytea, code_ bytea,
  browser_ bytea, target_ text, at_ timestamptz, until timestamptz, ip_ text, agent_ bytea,
  key_ uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  INSERT INTO portal_identity (email, public_id) VALUES (address, key_) ON CONFLICT (email) DO NOTHING;
  UPDATE login_token SET expires_at = at_ WHERE used_at IS NULL AND expires_at > at_ AND id IN (
    SELECT t.id FROM login_token t JOIN portal_identity i ON i.id = t.identity_id
    WHERE i.email = address AND t.purpose = purpose_ AND t.used_at IS NULL
    ORDER BY t.id DESC OFFSET 2);
  INSERT INTO login_token (identity_id, purpose, token_sha256, code_sha256, browser_hash, target,
                           created_at, expires_at, ip, user_agent_sha256)
  SELECT id, purpose_, token_, code_, browser_, target_, at_, until, ip_, agent_
  FROM portal_identity WHERE email = address RETURNING id;
END
"""

PEEK = """
CREATE FUNCTION gate_token(token_ bytea)
RETURNS TABLE (purpose text, email text, target text, browser_hash bytea, expires_at timestamptz,
               used_at timestamptz, tries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT t.purpose, i.email, t.target, t.browser_hash, t.expires_at, t.used_at, t.tries
  FROM login_token t JOIN portal_identity i ON i.id = t.identity_id WHERE t.token_sha256 = token_;
END
"""

CONSUME = """
CREATE FUNCTION gate_consume_token(token_ bytea, browser_ bytea, code_ bytea, purpose_ text,
  at_ timestamptz, allowed bigint)
RETURNS TABLE (outcome text, token_id bigint, identity_id bigint, target text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found_ login_token;
BEGIN
  IF token_ IS NOT NULL THEN
    SELECT * INTO found_ FROM login_token t
     WHERE t.token_sha256 = token_ AND t.purpose = purpose_ FOR UPDATE;
  ELSE
    -- Only the browser that asked may try a code without its link. Its links are locked in order,
    -- and a wrong code counts against each that it could have meant.
    PERFORM 1 FROM login_token t WHERE t.browser_hash = browser_ AND t.purpose = purpose_
     AND t.used_at IS NULL ORDER BY t.id FOR UPDATE;
    SELECT * INTO found_ FROM login_token t
     WHERE t.browser_hash = browser_ AND t.purpose = purpose_
     ORDER BY (t.code_sha256 = code_ AND t.used_at IS NULL) DESC, t.id DESC LIMIT 1;
  END IF;
  IF found_.id IS NULL THEN
    RETURN QUERY SELECT 'unknown', NULL::bigint, NULL::bigint, ''::text; RETURN;
  END IF;
  outcome := CASE
    WHEN found_.used_at IS NOT NULL THEN 'used'
    WHEN found_.expires_at <= at_ THEN 'expired'
    WHEN found_.tries >= allowed THEN 'spent'
    WHEN code_ IS NOT NULL AND found_.code_sha256 = code_ THEN 'ok'
    WHEN code_ IS NOT NULL THEN 'wrong_code'
    WHEN found_.browser_hash IS NULL THEN 'invitation'
    WHEN found_.browser_hash = browser_ THEN 'ok'
    ELSE 'other_browser' END;
  IF outcome = 'ok' THEN
    UPDATE login_token t SET used_at = at_ WHERE t.id = found_.id;
    -- Whoever read the code there reads the mail there: the address is proved, unless two share it.
    UPDATE contact_point c SET verified_at = at_ FROM portal_identity i
     WHERE i.id = found_.identity_id AND purpose_ <> 'step_up' AND c.kind = 'email'
       AND c.normalised = i.email AND c.conflict_note = '' AND c.verified_at IS NULL;
  ELSIF outcome = 'wrong_code' THEN
    UPDATE login_token t SET tries = t.tries + 1 WHERE t.used_at IS NULL AND (t.id = found_.id
      OR (token_ IS NULL AND t.browser_hash = browser_ AND t.purpose = purpose_ AND t.expires_at > at_));
  END IF;
  RETURN QUERY SELECT outcome, found_.id,
    CASE WHEN outcome IN ('ok', 'invitation') THEN found_.identity_id END, found_.target;
END $$
"""

IDENTITY = """
CREATE FUNCTION gate_identity(identity_ bigint) RETURNS TABLE (email text, public_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC SELECT email, public_id FROM portal_identity WHERE id = identity_; END
"""

_COLUMNS = """id bigint, public_id uuid, kind text, user_id bigint, identity_id bigint,
               organisation_id bigint, person_id bigint, agent_person_id bigint, session_data jsonb,
               created_at timestamptz, last_seen_at timestamptz, idle_expires_at timestamptz,
               expires_at timestamptz, stepped_up_at timestamptz, device_label text, ip text"""
_NAMES = ", ".join(f"s.{column.split()[0]}" for column in _COLUMNS.split(","))

SESSION = f"""
CREATE FUNCTION gate_session(session_ bytea, at_ timestamptz) RETURNS TABLE ({_COLUMNS})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT {_NAMES} FROM web_session s WHERE s.id_sha256 = session_ AND s.ended_at IS NULL
    AND s.expires_at > at_ AND s.idle_expires_at > at_;
END
"""

SESSIONS = f"""
CREATE FUNCTION gate_sessions(session_ bytea, at_ timestamptz) RETURNS TABLE ({_COLUMNS})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT {_NAMES} FROM web_session mine
  JOIN web_session s ON s.kind = mine.kind AND (s.user_id = mine.user_id OR s.identity_id = mine.identity_id)
  WHERE mine.id_sha256 = session_ AND mine.ended_at IS NULL AND s.ended_at IS NULL
    AND s.expires_at > at_ AND s.idle_expires_at > at_
  ORDER BY s.last_seen_at DESC, s.id DESC;
END
"""

OPEN = """
CREATE FUNCTION gate_open_session(session_ bytea, key_ uuid, kind_ text, user_ bigint,
  identity_ bigint, organisation_ bigint, person_ bigint, agent_ bigint, data_ jsonb,
  at_ timestamptz, idle_until timestamptz, until timestamptz, stepped_up timestamptz,
  ip_ text, user_agent_ text, label_ text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  INSERT INTO web_session (id_sha256, public_id, kind, user_id, identity_id, organisation_id,
    person_id, agent_person_id, session_data, created_at, last_seen_at, idle_expires_at, expires_at,
    stepped_up_at, ip, user_agent, device_label)
  VALUES (session_, key_, kind_, user_, identity_, organisation_, person_, agent_, data_, at_, at_,
          idle_until, until, stepped_up, ip_, user_agent_, label_) RETURNING id;
END
"""

KEEP = """
CREATE FUNCTION gate_keep_session(session_ bytea, data_ jsonb, at_ timestamptz, idle_until timestamptz)
RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  UPDATE web_session SET session_data = coalesce(data_, session_data), last_seen_at = at_,
         idle_expires_at = idle_until
   WHERE id_sha256 = session_ AND ended_at IS NULL RETURNING true;
END
"""

SEAT = """
CREATE FUNCTION gate_take_seat(session_ bytea, organisation_ bigint, person_ bigint, agent_ bigint)
RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  UPDATE web_session SET organisation_id = organisation_, person_id = person_, agent_person_id = agent_
   WHERE id_sha256 = session_ AND ended_at IS NULL RETURNING true;
END
"""

STEP_UP = """
CREATE FUNCTION gate_step_up(session_ bytea, at_ timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  UPDATE web_session SET stepped_up_at = at_ WHERE id_sha256 = session_ AND ended_at IS NULL
  RETURNING true;
END
"""

END = """
CREATE FUNCTION gate_end_sessions(session_ bytea, key_ uuid, user_ bigint, identity_ bigint,
  spared bytea, reason_ text, at_ timestamptz) RETURNS SETOF bytea
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  UPDATE web_session s SET ended_at = at_, end_reason = reason_
   WHERE s.ended_at IS NULL AND s.id_sha256 IS DISTINCT FROM spared AND (
     (key_ IS NULL AND (s.id_sha256 = session_ OR s.user_id = user_ OR s.identity_id = identity_))
     -- One of the owner's other devices: only a live session of the same owner may name it.
     OR (s.public_id = key_ AND EXISTS (SELECT FROM web_session mine
         WHERE mine.id_sha256 = session_ AND mine.ended_at IS NULL
           AND (mine.user_id = s.user_id OR mine.identity_id = s.identity_id))))
  RETURNING s.id_sha256;
END
"""

DEVICE = """
CREATE FUNCTION gate_know_device(user_ bigint, identity_ bigint, device_ bytea, label_ text,
  at_ timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE known_device SET last_seen_at = at_, label = label_ WHERE device_sha256 = device_
     AND (user_id = user_ OR identity_id = identity_);
  IF FOUND THEN RETURN true; END IF;
  INSERT INTO known_device (user_id, identity_id, device_sha256, label, first_seen_at, last_seen_at)
  VALUES (user_, identity_, device_, label_, at_, at_) ON CONFLICT DO NOTHING;
  RETURN false;
END $$
"""

FUNCTIONS = {
    "gate_staff(bigint)": STAFF,
    "gate_organisation(text)": ORGANISATION,
    "gate_reference(text)": REFERENCE,
    "gate_seats(text, date)": SEATS,
    "gate_identity(bigint)": IDENTITY,
    "gate_issue_token(text, text, bytea, bytea, bytea, text, timestamptz, timestamptz, text, bytea, uuid)": ISSUE,
    "gate_token(bytea)": PEEK,
    "gate_consume_token(bytea, bytea, bytea, text, timestamptz, bigint)": CONSUME,
    "gate_session(bytea, timestamptz)": SESSION,
    "gate_sessions(bytea, timestamptz)": SESSIONS,
    "gate_open_session(bytea, uuid, text, bigint, bigint, bigint, bigint, bigint, jsonb, timestamptz, timestamptz, timestamptz, timestamptz, text, text, text)": OPEN,
    "gate_keep_session(bytea, jsonb, timestamptz, timestamptz)": KEEP,
    "gate_take_seat(bytea, bigint, bigint, bigint)": SEAT,
    "gate_step_up(bytea, timestamptz)": STEP_UP,
    "gate_end_sessions(bytea, uuid, bigint, bigint, bytea, text, timestamptz)": END,
    "gate_know_device(bigint, bigint, bytea, text, timestamptz)": DEVICE,
}


def make_functions() -> None:
    """Make the questions, owned by the gate, and let the doors and the worker ask them."""
    for table in READ:
        policies.let_gate_read(table)
    for table in KEPT:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY gate ON {table} TO portal_gate USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY owner ON {table} TO portal_owner USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO portal_gate")
    op.execute(
        "CREATE POLICY gate_proves ON contact_point FOR UPDATE TO portal_gate"
        " USING (kind = 'email') WITH CHECK (kind = 'email')"
    )
    op.execute("GRANT UPDATE (verified_at) ON contact_point TO portal_gate")
    for name, sql in FUNCTIONS.items():
        op.execute(sql)
        op.execute(f"ALTER FUNCTION {name} OWNER TO portal_gate")
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO portal_app, portal_worker")


def drop_functions() -> None:
    """Take the questions away, and what the gate was let read for them."""
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP POLICY gate_proves ON contact_point")
    op.execute("REVOKE UPDATE (verified_at) ON contact_point FROM portal_gate")
    for table in READ:
        op.execute(f"DROP POLICY gate ON {table}")
        op.execute(f"REVOKE SELECT ON {table} FROM portal_gate")
