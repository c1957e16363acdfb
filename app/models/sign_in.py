"""Sign-in: proved addresses, links and codes, sessions, second factors, and devices met before.

No door reads these tables directly but ``second_factor``: what must be known before the viewer is
known goes through the one-question functions of ``migrations/gate.py`` (architecture.md decision 5).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.sign_in import SessionKind, TokenPurpose
from app.models.base import Base, Keyed, Public, Stamped


class PortalIdentity(Base, Keyed, Public, Stamped):
    """An address that can sign in to the portal: not a person, since two may share one."""

    __tablename__ = "portal_identity"

    email: Mapped[str] = mapped_column(unique=True)
    """Normalised, platform-wide (domain.md 3.7)."""


class LoginToken(Base, Keyed):
    """One link and code, sent to an address; the table holds hashes only (reliability.md C2)."""

    __tablename__ = "login_token"
    __table_args__ = (
        Index(
            "ix_login_token_browser_hash",
            "browser_hash",
            postgresql_where=text("used_at IS NULL"),
        ),
        Index("ix_login_token_expires_at", "expires_at"),
    )

    identity_id: Mapped[int] = mapped_column(ForeignKey("portal_identity.id"), index=True)
    purpose: Mapped[TokenPurpose]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of the eight-letter code (app.db.secrets.digest)."""
    browser_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of the asking browser's secret; of its session for a step-up; None for an invitation."""
    target: Mapped[str] = mapped_column(default="")
    """Where the person wanted to go, kept here so that it survives the mail."""
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ip: Mapped[str] = mapped_column(default="")
    user_agent_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)


class WebSession(Base, Keyed, Public):
    """Somebody signed in with one browser, from sign-in to its end (reliability.md C3)."""

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'staff' AND user_id IS NOT NULL AND identity_id IS NULL)"
            " OR (kind = 'artist' AND identity_id IS NOT NULL AND user_id IS NULL)",
            name="one_owner",
        ),
        Index("ix_web_session_user_id", "user_id", postgresql_where=text("ended_at IS NULL")),
        Index(
            "ix_web_session_identity_id", "identity_id", postgresql_where=text("ended_at IS NULL")
        ),
    )

    id_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the 256-bit id that only the browser keeps."""
    kind: Mapped[SessionKind]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("portal_identity.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The active seat's company."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The artist looked at."""
    agent_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Set where the seat is an agent's."""
    session_data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """The absolute end, however busy the session is."""
    stepped_up_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="", server_default="")
    ip: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    device_label: Mapped[str] = mapped_column(default="")
    """The device in words: Safari on iPhone."""


class KnownDevice(Base, Keyed):
    """A browser that signed in before, so that a new one can be told of by mail."""

    __tablename__ = "known_device"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (identity_id IS NULL)", name="one_owner"),
        UniqueConstraint("user_id", "device_sha256"),
        UniqueConstraint("identity_id", "device_sha256"),
    )

    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("portal_identity.id"))
    device_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(default="")
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class SecondFactor(Base):
    """The authenticator of a member of staff, and the codes for the day the phone is lost."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """None for a platform operator."""
    totp_secret: Mapped[str]
    """Encrypted (app.db.secrets)."""
    confirmed_at: Mapped[datetime | None]
    """When a first code proved that the authenticator knows the secret."""
    last_step: Mapped[int | None]
    """The last time step a code was taken for: a code works once (RFC 6238 section 5.2)."""
    recovery_hashes: Mapped[list[str]]
    """Keyed hashes of the recovery codes that are left."""
