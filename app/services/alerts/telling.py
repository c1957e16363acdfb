"""Who is told of an alert, by mail, by text and in a channel: each once for each fact."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.alerts import check_channel, check_people
from app.domain.contact_points import normalise_mobile
from app.domain.errors import Refused
from app.domain.messages import Channel
from app.domain.sign_in import StaffStatus
from app.models.accounts import HELD, ROLES, USERS
from app.models.alerts import Alert, AlertSetting
from app.models.organisations import StaffProfile
from app.services import field_encryption, messages, outbox

POST: Final = "alert.post"
"""Kind of the promise to post an alert into a company's channel."""
ADMINISTRATOR: Final = "Administrator"
AS_TEXT: Final = {"alert": "alert_text", "alert_over": "alert_over_text"}
"""The same news in the words of a text."""


def setting_of(session: Session, organisation_id: int) -> AlertSetting | None:
    """Return who is told in a company, where somebody settled it."""
    return session.scalars(
        select(AlertSetting).where(AlertSetting.organisation_id == organisation_id)
    ).first()


def chain(session: Session, organisation_id: int) -> list[int]:
    """Return who is told, the first first: those settled who still work here, else the Administrators."""
    setting = setting_of(session, organisation_id)
    working = select(StaffProfile.user_id).where(StaffProfile.status == StaffStatus.active)
    if setting is not None and setting.people:
        here = set(session.scalars(working.where(StaffProfile.user_id.in_(setting.people))))
        settled = [user_id for user_id in setting.people if user_id in here]
        if settled:
            return settled
    return list(
        session.scalars(
            working.join(HELD, HELD.c.user_id == StaffProfile.user_id)
            .join(ROLES, ROLES.c.id == HELD.c.role_id)
            .where(ROLES.c.name == ADMINISTRATOR)
            .order_by(StaffProfile.id)
        )
    )


def settle(
    session: Session,
    *,
    organisation_id: int,
    people: Collection[int],
    with_texts: bool,
    channel: str | None,
    hosts: Collection[str],
) -> AlertSetting:
    """Settle who is told, in which order, and where alerts are posted. ``channel`` None keeps it."""
    chosen = check_people(people)
    known = set(
        session.scalars(select(StaffProfile.user_id).where(StaffProfile.user_id.in_(chosen)))
    )
    if set(chosen) - known:
        raise Refused("Choose people who work here.", field="people")
    address = None if channel is None else check_channel(channel, hosts)
    setting = setting_of(session, organisation_id) or AlertSetting(organisation_id=organisation_id)
    setting.people, setting.with_texts = chosen, with_texts
    session.add(setting)
    session.flush()
    if address is not None:
        if address:
            field_encryption.conceal(session, setting, "channel", address)
        else:
            setting.channel = None
        session.flush()
    return setting


def tell(
    session: Session,
    alert: Alert,
    event: str,
    user_ids: Sequence[int],
    *,
    fact: str,
    to_channel: bool = False,
) -> None:
    """Tell people of an alert, and the channel where it begins and ends."""
    setting = setting_of(session, alert.organisation_id)
    rows = session.execute(
        select(USERS.c.email, StaffProfile.display_name, StaffProfile.phone)
        .join(StaffProfile, StaffProfile.user_id == USERS.c.id)
        .where(USERS.c.id.in_(user_ids), USERS.c.active.is_(True))
    ).all()
    for email, name, phone in rows:
        _say(session, alert, event, fact, messages.Addressee(email, name))
        number = _number_of(phone)
        if setting is not None and setting.with_texts and number:
            to = messages.Addressee(number, name)
            _say(session, alert, AS_TEXT[event], fact, to, Channel.sms)
    if to_channel and setting is not None and setting.channel:
        outbox.promise(
            session,
            organisation_id=alert.organisation_id,
            kind=POST,
            key=f"alert-{alert.id}-{fact}",
            payload={"alert_id": alert.id, "fact": fact, "about": alert.title},
        )


def _number_of(phone: str) -> str:
    """Return a number as carriers want it; nothing for what was once typed and is none."""
    try:
        return normalise_mobile(phone)
    except Refused:
        return ""


def _say(
    session: Session,
    alert: Alert,
    event: str,
    fact: str,
    to: messages.Addressee,
    channel: Channel = Channel.email,
) -> None:
    messages.tell(
        session,
        organisation_id=alert.organisation_id,
        event=event,
        key=f"alert-{alert.id}-{fact}",
        to=to,
        channel=channel,
        alert=alert,
    )


def channel_of(session: Session, organisation_id: int) -> str:
    """Return the address of a company's channel, for the courier alone."""
    setting = setting_of(session, organisation_id)
    return field_encryption.read_silently(setting, "channel") if setting is not None else ""
