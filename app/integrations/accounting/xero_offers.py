"""What can be chosen for bills in an organisation's Xero: accounts, tax rates, tracking, and what is locked."""

from typing import Any

from xero_python.accounting import AccountingApi

from app.domain.ledger_settings import Offer, Offers, TrackingOffer
from app.integrations.accounting.port import Leave


def offers_of(api: AccountingApi, leave: Leave) -> Offers:
    """Return accounts, tax rates and tracking that bills can be coded to."""
    accounts = api.get_accounts(leave.place).accounts or []
    rates = api.get_tax_rates(leave.place).tax_rates or []
    tracking = api.get_tracking_categories(leave.place).tracking_categories or []
    house = api.get_organisations(leave.place).organisations[0]
    locks = [day for day in (house.period_lock_date, house.end_of_year_lock_date) if day]
    return Offers(
        accounts=tuple(
            Offer(one.code, one.name)
            for one in accounts
            if one.code and one.status == "ACTIVE" and _takes_bills(one)
        ),
        tax_types=tuple(
            Offer(one.tax_type, one.name)
            for one in rates
            if one.status == "ACTIVE" and one.can_apply_to_expenses is not False
        ),
        tracking=tuple(_tracking(one) for one in tracking if one.status == "ACTIVE"),
        currency=word(house.base_currency),
        locked_until=max(locks, default=None),
        short_code=house.short_code or "",
    )


def word(value: Any) -> str:
    """Return what one of the SDK's words says, none for nothing."""
    return str(getattr(value, "value", value) or "")


def _tracking(one: Any) -> TrackingOffer:
    options = tuple(
        Offer(option.tracking_option_id, option.name)
        for option in one.options or []
        if option.status == "ACTIVE"
    )
    return TrackingOffer(one.tracking_category_id, one.name, options)


def _takes_bills(account: Any) -> bool:
    return word(account.type) != "BANK" and not account.system_account
