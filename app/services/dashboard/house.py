"""What waits in the house: imports with conflicts, what the worker could not do, reports, invitations."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func

from app.domain.import_report import Severity
from app.domain.reports import ReportStatus
from app.domain.sign_in import StaffStatus
from app.domain.waiting import NAMED, Topic
from app.models.audit import AuditEntry
from app.models.connections import AttentionItem
from app.models.imports import ImportMessage, ImportRun
from app.models.organisations import StaffProfile
from app.models.outbox import OutboxMessage
from app.models.reports import ReportRun
from app.services.dashboard.asking import Asked, Asker, Question, first_names, told
from app.services.needs_attention import is_open, is_stopped, is_unasked

NEWS_OF_IMPORTS: Final = timedelta(days=14)
NEWS_OF_REPORTS: Final = timedelta(days=2)
WEEK: Final = timedelta(days=7)
PATIENCE: Final = timedelta(days=2)
"""How long an invitation may lie before the Administrator is told that nobody came."""


def _imports(asker: Asker) -> Asked:
    return (
        told(
            Topic.import_conflict, key=ImportRun.public_id, number=func.count(),
            since=ImportRun.created_at, words=ImportRun.file_name,
        )
        .select_from(ImportRun)
        .join(ImportMessage, ImportMessage.run_id == ImportRun.id)
        .where(
            ImportMessage.severity == Severity.conflict.value,
            ImportRun.created_at > asker.now - NEWS_OF_IMPORTS,
        )
        .group_by(ImportRun.id)
        .order_by(ImportRun.id.desc())
        .limit(NAMED)
    )  # fmt: skip


def _attention(asker: Asker) -> Asked:
    """Ask what about providers somebody has to do, as far as it is theirs."""
    return (
        told(
            Topic.attention, number=func.count(), since=func.min(AttentionItem.created_at),
            names=first_names(AttentionItem.title, AttentionItem.id),
        )
        .where(is_open(of_money=asker.sees_money_alone))
        .having(func.count() > 0)
    )  # fmt: skip


def _outbox(_asker: Asker) -> Asked:
    return (
        told(
            Topic.outbox, what=OutboxMessage.state, number=func.count(), words=OutboxMessage.kind,
            since=func.min(OutboxMessage.created_at),
        )
        .where(is_stopped(), is_unasked())
        .group_by(OutboxMessage.state, OutboxMessage.kind)
    )  # fmt: skip


def _reports(asker: Asker) -> Asked:
    """Ask for the asker's own reports that were made, or failed, these days."""
    return (
        told(
            Topic.report, key=ReportRun.public_id, what=ReportRun.status, words=ReportRun.report,
            since=ReportRun.finished_at,
        )
        .where(
            ReportRun.requested_by == asker.user_id,
            ReportRun.status.in_((ReportStatus.ready, ReportStatus.failed)),
            ReportRun.removed_at.is_(None),
            ReportRun.finished_at > asker.now - NEWS_OF_REPORTS,
        )
        .order_by(ReportRun.id.desc())
        .limit(NAMED)
    )  # fmt: skip


def _invitations(asker: Asker) -> Asked:
    return (
        told(
            Topic.invitation, number=func.count(), key=func.min(StaffProfile.id),
            since=func.min(StaffProfile.updated_at),
            names=first_names(StaffProfile.display_name, StaffProfile.updated_at),
        )
        .where(
            StaffProfile.status == StaffStatus.invited,
            StaffProfile.updated_at < asker.now - PATIENCE,
        )
        .having(func.count() > 0)
    )  # fmt: skip


def _looked_at(asker: Asker) -> Asked:
    """Ask how often sealed fields were shown to somebody this week."""
    return (
        told(
            Topic.looked_at, number=func.count(), since=func.min(AuditEntry.happened_at),
            day=(asker.today - WEEK),
        )
        .where(
            AuditEntry.action == "view",
            AuditEntry.organisation_id.is_not(None),
            AuditEntry.happened_at > asker.now - WEEK,
        )
        .having(func.count() > 0)
    )  # fmt: skip


QUESTIONS: Final[dict[Topic, Question]] = {
    Topic.import_conflict: _imports,
    Topic.attention: _attention,
    Topic.outbox: _outbox,
    Topic.report: _reports,
    Topic.invitation: _invitations,
    Topic.looked_at: _looked_at,
}
