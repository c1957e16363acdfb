"""The records: columns, constraints and the one way each moves on."""

from app.models import accounts  # noqa: F401  keys to ab_user resolve
from app.models.alerts import Alert, AlertSetting
from app.models.allowances import AllowanceRun, PaymentPromise, ProvidedMeal
from app.models.approvals import (
    ApprovalDelegate,
    ApprovalLimit,
    ExpenseRule,
    LineResemblance,
    RoleConflict,
)
from app.models.audit import AuditEntry, AuditSeal
from app.models.base import Base
from app.models.bulk_runs import BulkRun, BulkRunRow
from app.models.call_notices import CallNotice
from app.models.company_accounts import CompanyAccount
from app.models.connections import AttentionItem, ProviderConnection, ProviderSwitch
from app.models.contract_texts import Clause, ClauseOption, ContractTemplate
from app.models.contracts import (
    Amendment,
    Contract,
    ContractQuestion,
    ContractVersion,
    SignatureEvidence,
    SignatureRequest,
)
from app.models.documents import (
    Document,
    LegalHold,
    PackRule,
    RetentionRule,
    RulePack,
    StoredFile,
)
from app.models.engagements import Engagement, Entitlement, FeeLine, RoleAssignment, TermSet
from app.models.expenses import (
    AllowanceLine,
    ExpenseClaim,
    ExpenseDraft,
    ExpenseLine,
    ExpenseNote,
    Receipt,
)
from app.models.feeds import CalendarFeed
from app.models.imports import ImportMessage, ImportRun
from app.models.inbox import InboxNotice
from app.models.messages import Message, NotificationDelivery
from app.models.organisations import NumberSeries, Organisation, Season, StaffProfile
from app.models.outbox import ClientRequest, CronTick, OutboxAttempt, OutboxMessage
from app.models.outbox_decisions import HookRefusal, OutboxDecision
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import LedgerContact, LedgerDocument, Payable
from app.models.people import (
    ArtistProfile,
    Availability,
    BankDetail,
    ContactPoint,
    PayeeProfile,
    Person,
    PersonVariant,
    Representation,
)
from app.models.productions import Production, Space, Venue
from app.models.provider_usage import ProviderUsage
from app.models.push import PushSubscription
from app.models.rates import ExchangeRate, MileageRate
from app.models.reports import ReportGlance, ReportRun
from app.models.schedules import (
    Call,
    CallAssignment,
    CallSnapshot,
    ScheduleException,
    ScheduleVersion,
    Stay,
    TravelLeg,
    VenueDistance,
)
from app.models.sign_in import KnownDevice, LoginToken, PortalIdentity, SecondFactor, WebSession

__all__ = [
    "Alert",
    "AlertSetting",
    "AllowanceLine",
    "AllowanceRun",
    "Amendment",
    "ApprovalDelegate",
    "ApprovalLimit",
    "ArtistProfile",
    "AttentionItem",
    "AuditEntry",
    "AuditSeal",
    "Availability",
    "BankDetail",
    "Base",
    "BulkRun",
    "BulkRunRow",
    "CalendarFeed",
    "Call",
    "CallAssignment",
    "CallNotice",
    "CallSnapshot",
    "Clause",
    "ClauseOption",
    "ClientRequest",
    "CompanyAccount",
    "ContactPoint",
    "Contract",
    "ContractQuestion",
    "ContractTemplate",
    "ContractVersion",
    "CronTick",
    "Document",
    "Engagement",
    "Entitlement",
    "ExchangeRate",
    "ExpenseClaim",
    "ExpenseDraft",
    "ExpenseLine",
    "ExpenseNote",
    "ExpenseRule",
    "FeeLine",
    "HookRefusal",
    "ImportMessage",
    "ImportRun",
    "InboxNotice",
    "KnownDevice",
    "LedgerContact",
    "LedgerDocument",
    "LegalHold",
    "LineResemblance",
    "LoginToken",
    "Message",
    "MileageRate",
    "NotificationDelivery",
    "NumberSeries",
    "Organisation",
    "OutboxAttempt",
    "OutboxDecision",
    "OutboxMessage",
    "PackRule",
    "PayRun",
    "PayRunLine",
    "Payable",
    "PayeeProfile",
    "PaymentPromise",
    "Person",
    "PersonVariant",
    "PortalIdentity",
    "Production",
    "ProvidedMeal",
    "ProviderConnection",
    "ProviderSwitch",
    "ProviderUsage",
    "PushSubscription",
    "Receipt",
    "ReportGlance",
    "ReportRun",
    "Representation",
    "RetentionRule",
    "RoleAssignment",
    "RoleConflict",
    "RulePack",
    "ScheduleException",
    "ScheduleVersion",
    "Season",
    "SecondFactor",
    "SignatureEvidence",
    "SignatureRequest",
    "Space",
    "StaffProfile",
    "Stay",
    "StoredFile",
    "TermSet",
    "TravelLeg",
    "Venue",
    "VenueDistance",
    "WebSession",
]
