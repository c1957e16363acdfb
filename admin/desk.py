"""Where the desk is put together: every page of it, where it stands in the rail, in that order.

A topic adds its lines here. A page without a category is reached from another page, not from the rail.
"""

from typing import Any, Final

from admin.accounting import AccountingView
from admin.alerts import AlertView
from admin.allowance_rates import AllowanceRateView, ProvidedMealView
from admin.allowances import AllowanceView
from admin.amendments import AmendmentView
from admin.approvals import ApprovalLimitView, DelegateView, ExpenseRuleView
from admin.archive import ArchiveView
from admin.attention import AttentionView
from admin.audit import AuditView
from admin.availability import AvailabilityView
from admin.bank_details import BankDetailView
from admin.bulk_runs import BulkRunView
from admin.call_sheets import CallSheetView
from admin.calls import CallView
from admin.claims import ClaimView, ReceiptFileView
from admin.companies import CompanyView
from admin.company_accounts import CompanyAccountView
from admin.contract_texts import ClauseOptionView, ClauseView, TemplateView
from admin.contracts import ContractView
from admin.copying import CopyView
from admin.engagements import EngagementView, EntitlementView, FeeLineView, RoleView
from admin.feeds import FeedView
from admin.hours_rules import HoursRulesView
from admin.imports import ImportView
from admin.inbox import InboxView
from admin.integrations import IntegrationView
from admin.late_payments import LatePaymentView
from admin.outbox import OutboxView
from admin.pay_runs import PayRunView
from admin.payables import PayableView
from admin.people import ContactView, PayeeView, PersonView, RepresentationView
from admin.productions import ProductionView, SeasonView, SpaceView, VenueView
from admin.rates import ExchangeRateView, MileageRateView
from admin.reach import ReachView
from admin.reports import ReportView
from admin.schedule import ScheduleView
from admin.sealed import TaxNumberView, TravelView
from admin.search import SearchView
from admin.signing_rules import SigningRuleView
from admin.staff import PlatformUserView, StaffView
from admin.statements import StatementView
from admin.venue_distances import VenueDistanceView

RAIL: Final[tuple[tuple[Any, str, str, str], ...]] = (
    (EngagementView, "Engagements", "i-people", "People"),
    (PersonView, "Artists and agents", "i-me", "People"),
    (ContractView, "Contracts", "i-paper", "People"),
    (AmendmentView, "Amendments", "i-paper", "People"),
    (BulkRunView, "Bulk runs", "i-out", "People"),
    (ProductionView, "Productions", "i-stage", "Season"),
    (ScheduleView, "Schedule", "i-grid", "Season"),
    (VenueView, "Venues", "i-place", "Season"),
    (VenueDistanceView, "Distances", "i-place", "Season"),
    (HoursRulesView, "Hours and rest", "i-clock", "Season"),
    (SeasonView, "Seasons", "i-grid", "Season"),
    (ClaimView, "Expense claims", "i-receipt", "Money"),
    (PayableView, "Payables", "i-money", "Money"),
    (PayRunView, "Pay runs", "i-money", "Money"),
    (ExchangeRateView, "Exchange rates", "i-money", "Money"),
    (MileageRateView, "Mileage rates", "i-money", "Money"),
    (AllowanceView, "Per diems", "i-me", "Money"),
    (LatePaymentView, "Late payments", "i-warn", "Money"),
    (BankDetailView, "Bank details", "i-lock", "Money"),
    (DelegateView, "Delegations", "i-people", "Money"),
    (ApprovalLimitView, "Approval limits", "i-sliders", "Money"),
    (ExpenseRuleView, "Expense rules", "i-sliders", "Money"),
    (ReportView, "Reports", "i-chart", "House"),
    (ImportView, "Import", "i-down", "House"),
    (AttentionView, "Needs attention", "i-warn", "House"),
    (IntegrationView, "Integrations", "i-plug", "House"),
    (AlertView, "Alerts", "i-warn", "House"),
    (OutboxView, "Outbox", "i-out", "House"),
    (InboxView, "Inbox", "i-mail", "House"),
    (ArchiveView, "Archive", "i-paper", "House"),
    (TemplateView, "Contract templates", "i-paper", "House"),
    (ClauseView, "Clauses", "i-paper", "House"),
    (SigningRuleView, "Signing rules", "i-sliders", "House"),
    (CompanyAccountView, "Company accounts", "i-money", "House"),
    (AccountingView, "Accounting", "i-plug", "House"),
    (StaffView, "Staff", "i-lock", "House"),
    (AuditView, "Audit log", "i-clock", "House"),
    (CompanyView, "Companies", "i-people", "Platform"),
    (PlatformUserView, "Accounts", "i-lock", "Platform"),
)
"""View, label, icon, category."""

BEHIND: Final[tuple[Any, ...]] = (
    AllowanceRateView,
    ProvidedMealView,
    StatementView,
    ContactView,
    RepresentationView,
    PayeeView,
    RoleView,
    FeeLineView,
    EntitlementView,
    ClauseOptionView,
    SpaceView,
    CallView,
    CopyView,
    AvailabilityView,
    ReachView,
    CallSheetView,
    FeedView,
    TravelView,
    TaxNumberView,
    ReceiptFileView,
    SearchView,
)
"""Pages that are reached from a record's page."""


def put_together(appbuilder: Any) -> None:
    """Give the desk its pages."""
    for view, label, icon, category in RAIL:
        appbuilder.add_view(view, label, icon=icon, category=category)
    for view in BEHIND:
        appbuilder.add_view_no_menu(view)
