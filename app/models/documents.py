"""Files as they were stored, and documents with a meaning and an expiry."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.documents import DocumentKind, ScanStatus
from app.domain.rules_packs import RuleKind
from app.models.base import Archivable, Base, Keyed, OwnedByOrganisation, Public, Stamped


class StoredFile(Base, Keyed, Public, OwnedByOrganisation):
    """Bytes that were kept, named by their content; the original is never changed."""

    __tablename__ = "stored_file"
    __table_args__ = (
        # Two artists may keep the same bytes, and neither may learn of the other's.
        UniqueConstraint(
            "organisation_id", "sha256", "owner_person_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("length(sha256) = 64", name="sha256_hex"),
    )

    sha256: Mapped[str]
    """Hex of the content's SHA-256; also its name in the store."""
    size: Mapped[int]
    """Bytes."""
    media_type: Mapped[str]
    """As its first bytes tell, not as the sender says."""
    name: Mapped[str] = mapped_column(default="")
    scan_status: Mapped[ScanStatus] = mapped_column(default=ScanStatus.unscanned)
    view_sha256: Mapped[str | None]
    """Derivative that is safe to show: re-encoded, upright, without location."""
    view_media_type: Mapped[str | None]
    paper_sha256: Mapped[str | None]
    """Of a PDF whose pages are shown as a picture: the whole of it, without what acts."""
    perceptual_hash: Mapped[str | None]
    stored_at: Mapped[datetime]
    stored_by: Mapped[str] = mapped_column(default="")
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """The artist who may read it; None is for staff alone."""


class Document(Base, Keyed, Public, OwnedByOrganisation, Stamped, Archivable):
    """A paper with a meaning: whose it is, what it is, and until when it holds."""

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_organisation_id_expires_on", "organisation_id", "expires_on"),
        Index("ix_document_organisation_id_archive_item_id", "organisation_id", "archive_item_id"),
    )

    kind: Mapped[DocumentKind]
    title: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("engagement.id"), index=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    expires_on: Mapped[date | None]
    archive_path: Mapped[str] = mapped_column(default="")
    archive_item_id: Mapped[str | None]
    """The archive's own name for it, so that filing twice is once."""
    filed_at: Mapped[datetime | None]
    archive_hash: Mapped[str] = mapped_column(default="", server_default="")
    """The archive's own hash of it, by which a change there is seen without reading it."""
    filings: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it was given to the archive: each time a person says so is one more."""

    file: Mapped[StoredFile | None] = relationship()


class RetentionRule(Base, Keyed, OwnedByOrganisation):
    """How long a kind of record is kept, from which event, under which law."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        UniqueConstraint("organisation_id", "jurisdiction", "record_type"),
        CheckConstraint("keep_years > 0", name="keep_years_positive"),
    )

    jurisdiction: Mapped[str]
    record_type: Mapped[str]
    keep_years: Mapped[int]
    from_event: Mapped[str]
    source: Mapped[str] = mapped_column(default="")


class LegalHold(Base, Keyed, OwnedByOrganisation, Stamped):
    """A record that must not be erased while a matter is open."""

    __tablename__ = "legal_hold"

    record_type: Mapped[str]
    record_id: Mapped[int]
    reason: Mapped[str]
    placed_by: Mapped[str]
    released_at: Mapped[datetime | None]


class RulePack(Base, Keyed, OwnedByOrganisation, Stamped):
    """A dated set of rules of a jurisdiction, as data that staff can change."""

    __tablename__ = "rule_pack"
    __table_args__ = (UniqueConstraint("organisation_id", "jurisdiction", "name", "number"),)

    jurisdiction: Mapped[str]
    name: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    valid_from: Mapped[date]
    is_example: Mapped[bool] = mapped_column(default=True)
    """True until somebody who may has checked the numbers."""
    source: Mapped[str] = mapped_column(default="")

    rules: Mapped[list["PackRule"]] = relationship(
        back_populates="pack", order_by="PackRule.id", cascade="all, delete-orphan"
    )

    def said(self, kind: str, param: str) -> Any:
        """Return what the rule of a kind says, None where there is none."""
        return next((rule.params.get(param) for rule in self.rules if rule.kind == kind), None)

    def say(self, kind: str, param: str, value: Any) -> None:
        """Let the rule of a kind say this; None takes it away."""
        known = next((rule for rule in self.rules if rule.kind == kind), None)
        params = {**(known.params if known else {}), param: value}
        params = {name: said for name, said in params.items() if said is not None}
        if known is not None and params:
            known.params = params
        elif known is not None:
            self.rules = [rule for rule in self.rules if rule is not known]
        elif params:
            made = PackRule(organisation_id=self.organisation_id, kind=kind, params=params)
            self.rules = [*self.rules, made]

    @property
    def rest_hours(self) -> Decimal | None:
        """Return the hours of rest between two days."""
        return _decimal(self.said(RuleKind.rest, "hours"))

    @rest_hours.setter
    def rest_hours(self, hours: Decimal | None) -> None:
        self.say(RuleKind.rest, "hours", None if hours is None else str(hours))

    @property
    def span_hours(self) -> Decimal | None:
        """Return the most hours from the first call of a day to the last."""
        return _decimal(self.said(RuleKind.span, "hours"))

    @span_hours.setter
    def span_hours(self, hours: Decimal | None) -> None:
        self.say(RuleKind.span, "hours", None if hours is None else str(hours))

    @property
    def night_begins(self) -> time | None:
        """Return from when people are left alone."""
        return _clock(self.said(RuleKind.quiet_hours, "from"))

    @night_begins.setter
    def night_begins(self, clock: time | None) -> None:
        self.say(RuleKind.quiet_hours, "from", None if clock is None else f"{clock:%H:%M}")

    @property
    def night_ends(self) -> time | None:
        """Return until when people are left alone."""
        return _clock(self.said(RuleKind.quiet_hours, "until"))

    @night_ends.setter
    def night_ends(self, clock: time | None) -> None:
        self.say(RuleKind.quiet_hours, "until", None if clock is None else f"{clock:%H:%M}")


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def _clock(text: Any) -> time | None:
    return None if text is None else time.fromisoformat(str(text))


class PackRule(Base, Keyed, OwnedByOrganisation):
    """One rule of a pack: its kind and its numbers."""

    __tablename__ = "pack_rule"

    pack_id: Mapped[int] = mapped_column(ForeignKey("rule_pack.id"), index=True)
    kind: Mapped[str]
    params: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")

    pack: Mapped[RulePack] = relationship(back_populates="rules")
