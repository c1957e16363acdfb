"""The database's own check on who decides claims: two above a limit, never one's own, no passing on.

The functions of migration 0017; ``BEFORE`` is what stood there until then.
"""

CONFLICTS = (
    ("Auditor", "Administrator"),
    ("Auditor", "Approver"),
    ("Auditor", "Contracts"),
    ("Auditor", "Finance"),
    ("Auditor", "Schedule"),
    ("Administrator", "Approver"),
)
"""Roles that nobody holds together, as ``app.domain.conflicting_roles`` has them."""

DECIDED = """
CREATE OR REPLACE FUNCTION expense_line_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  settled CONSTANT text[] := ARRAY['approved', 'refused', 'duplicate'];
  decides CONSTANT text[] := settled || ARRAY['first_approved'];
  artist CONSTANT text := NULLIF(current_setting('app.artist_id', true), '');
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.payable_id IS NOT NULL
     AND NEW.payable_id IS DISTINCT FROM OLD.payable_id
     AND EXISTS (SELECT FROM payable WHERE id = OLD.payable_id AND status <> 'voided') THEN
    RAISE EXCEPTION 'a posted line stays on its document until that is voided'
      USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.status = ANY (settled) AND
     (NEW.status, NEW.amount, NEW.currency, NEW.base_amount, NEW.approved_amount, NEW.decided_by,
      NEW.decided_by_person_id, NEW.claimant_id, NEW.claim_id, NEW.first_by, NEW.first_amount,
      NEW.decided_for, NEW.first_for)
     IS DISTINCT FROM
     (OLD.status, OLD.amount, OLD.currency, OLD.base_amount, OLD.approved_amount, OLD.decided_by,
      OLD.decided_by_person_id, OLD.claimant_id, OLD.claim_id, OLD.first_by, OLD.first_amount,
      OLD.decided_for, OLD.first_for)
     AND NOT (NEW.status = 'entered' AND OLD.payable_id IS NULL AND NEW.payable_id IS NULL
       AND NEW.approved_amount IS NULL AND NEW.decided_by IS NULL AND NEW.first_by IS NULL
       AND (NEW.amount, NEW.currency, NEW.base_amount, NEW.claimant_id, NEW.claim_id)
         IS NOT DISTINCT FROM
         (OLD.amount, OLD.currency, OLD.base_amount, OLD.claimant_id, OLD.claim_id)) THEN
    RAISE EXCEPTION 'a decided line is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.status = 'first_approved' AND NEW.status = ANY (decides)
     AND (NEW.first_by, NEW.first_amount, NEW.first_for)
       IS DISTINCT FROM (OLD.first_by, OLD.first_amount, OLD.first_for) THEN
    RAISE EXCEPTION 'a first approval is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF artist IS NOT NULL AND NEW.status = ANY (decides)
     AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
    RAISE EXCEPTION 'only staff decide a line' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'first_approved' AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
    NEW.first_by_person_id := COALESCE(
      (SELECT person_id FROM staff_profile WHERE user_id = NEW.first_by
        AND organisation_id = NEW.organisation_id), NEW.first_by_person_id);
    PERFORM expense_deputy(NEW.organisation_id, NEW.first_by, NEW.first_for);
  END IF;
  IF NEW.status = ANY (settled) AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
    NEW.decided_by_person_id := COALESCE(
      (SELECT person_id FROM staff_profile WHERE user_id = NEW.decided_by
        AND organisation_id = NEW.organisation_id), NEW.decided_by_person_id);
    PERFORM expense_deputy(NEW.organisation_id, NEW.decided_by, NEW.decided_for);
    IF NEW.status = 'approved' THEN
      PERFORM expense_second(NEW);
    END IF;
  END IF;
  RETURN NEW;
END $$
"""
"""Nobody decides on their own line, whatever a statement says of who decides; a decision stands, unless
no document carries it and it is opened again. Above a limit there are two, and they differ."""

DEPUTY = """
CREATE FUNCTION expense_deputy(house bigint, deputy bigint, absent bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE today date;
BEGIN
  IF absent IS NULL THEN RETURN; END IF;
  SELECT (clock_timestamp() AT TIME ZONE zone)::date INTO today FROM organisation
    WHERE id = house;
  IF NOT EXISTS (SELECT FROM approval_delegate d WHERE d.organisation_id = house
      AND d.user_id = absent AND d.delegate_user_id = deputy AND d.ended_at IS NULL
      AND today BETWEEN d.starts_on AND d.ends_on) THEN
    RAISE EXCEPTION 'nobody decides in another''s place without a delegation that holds today'
      USING ERRCODE = 'check_violation';
  END IF;
END $$
"""

SECOND = """
CREATE FUNCTION expense_second(line expense_line) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE most numeric; own numeric; alone numeric;
BEGIN
  IF line.first_by IS NOT NULL THEN
    IF line.first_by IN (line.decided_by, line.decided_for)
       OR line.first_for IN (line.decided_by, line.decided_for) THEN
      RAISE EXCEPTION 'the second approval is another person''s' USING ERRCODE = 'check_violation';
    END IF;
    IF line.approved_amount > line.first_amount THEN
      RAISE EXCEPTION 'the second approves no more than the first' USING ERRCODE = 'check_violation';
    END IF;
    RETURN;
  END IF;
  SELECT amount INTO most FROM approval_limit
    WHERE organisation_id = line.organisation_id AND currency = line.base_currency;
  SELECT amount INTO own FROM approval_limit
    WHERE organisation_id = line.organisation_id AND currency = line.currency
      AND line.currency <> line.base_currency;
  SELECT coalesce(sum(approved_amount), 0) INTO alone FROM expense_line
    WHERE claim_id = line.claim_id AND id <> line.id AND status = 'approved' AND first_by IS NULL;
  IF alone + line.approved_amount > most OR line.amount > own THEN
    RAISE EXCEPTION 'above the limit two people approve' USING ERRCODE = 'check_violation';
  END IF;
END $$
"""

PAID_APART = """
CREATE FUNCTION payable_paid_apart() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.paid_by IS NOT NULL AND EXISTS (SELECT FROM expense_line WHERE payable_id = NEW.id
      AND NEW.paid_by IN (decided_by, first_by)) THEN
    RAISE EXCEPTION 'who approved a line does not pay it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

APART = """
CREATE FUNCTION roles_apart() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE clash record;
BEGIN
  SELECT c.one, c.other INTO clash FROM role_conflict c
    JOIN ab_role mine ON mine.id = NEW.role_id AND mine.name IN (c.one, c.other)
    JOIN ab_user_role held ON held.user_id = NEW.user_id AND held.role_id <> NEW.role_id
    JOIN ab_role theirs ON theirs.id = held.role_id AND theirs.name IN (c.one, c.other)
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'one person is not % and %', clash.one, clash.other
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

NO_CHAIN = """
CREATE FUNCTION delegation_not_chained() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ab_user_role held JOIN ab_role role ON role.id = held.role_id
      WHERE held.user_id = NEW.user_id AND role.name IN ('Finance', 'Approver')) THEN
    RAISE EXCEPTION 'only who decides claims names a delegate' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

BEFORE = """
CREATE FUNCTION expense_line_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  settled CONSTANT text[] := ARRAY['approved', 'refused', 'duplicate'];
  artist CONSTANT text := NULLIF(current_setting('app.artist_id', true), '');
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status = ANY (settled) AND
     (NEW.status, NEW.amount, NEW.currency, NEW.base_amount, NEW.approved_amount, NEW.decided_by,
      NEW.decided_by_person_id, NEW.claimant_id, NEW.claim_id)
     IS DISTINCT FROM
     (OLD.status, OLD.amount, OLD.currency, OLD.base_amount, OLD.approved_amount, OLD.decided_by,
      OLD.decided_by_person_id, OLD.claimant_id, OLD.claim_id) THEN
    RAISE EXCEPTION 'a decided line is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = ANY (settled) AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
    IF artist IS NOT NULL THEN
      RAISE EXCEPTION 'only staff decide a line' USING ERRCODE = 'check_violation';
    END IF;
    NEW.decided_by_person_id := COALESCE(
      (SELECT person_id FROM staff_profile WHERE user_id = NEW.decided_by
        AND organisation_id = NEW.organisation_id), NEW.decided_by_person_id);
  END IF;
  RETURN NEW;
END $$
"""
