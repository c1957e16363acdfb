"""What the form of a call asks beyond plain columns: which of two equal hours, and who is called."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from markupsafe import Markup
from wtforms import BooleanField, Field
from wtforms.validators import StopValidation

from admin.inputs import ChoiceField
from app.db.session import session
from app.domain.call_times import CallHours, check_call
from app.domain.errors import Refused
from app.domain.local_time import AmbiguousTime
from app.domain.schedules import TimeKind
from app.models import Engagement
from app.services.schedules.entering import choosable

TIME_KINDS: Final = {
    TimeKind.exact: "Exact",
    TimeKind.about: "About",
    TimeKind.tbc: "To be confirmed",
    TimeKind.hidden: "Known, but not announced",
}


class AfterMidnightField(BooleanField):
    """Whether an hour comes after the midnight of its show day; kept as the number of days."""

    data: Any
    kind: ClassVar[str] = "BooleanField"

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the box as 1 or 0."""
        self.data = 1 if valuelist and valuelist[0] not in self.false_values else 0


class TimeKindField(ChoiceField):
    """How sure the time is, in words."""

    def __init__(self, label: str, validators: Any = (), **rest: Any) -> None:
        super().__init__(label, validators, members=TimeKind, **rest)
        self.offered = [(kind.name, TIME_KINDS[kind]) for kind in TimeKind]


class FoldField(Field):
    """Which of two equal clock times is meant; asked only on the night the clocks go back."""

    def __init__(
        self, label: str, validators: Any = (), *, about: str = "local_start", **rest: Any
    ) -> None:
        super().__init__(label, validators, **rest)
        self.sheet = rest["_form"]
        self.about = about
        self.data = None

    @property
    def kind(self) -> str:
        """Stand open as radios where there is something to choose, else stand nowhere."""
        return "radios" if self.asked is not None else "HiddenField"

    @property
    def asked(self) -> AmbiguousTime | None:
        """Return the question, if the hour on the form comes twice at its place."""
        sheet = self.sheet
        day, venue = sheet.day_of.data, sheet.venue.data
        zone = venue.zone if venue is not None else sheet.zone.data
        if day is None or sheet.local_start.data is None or not zone:
            return None
        is_end = self.about == "local_end"
        hours = CallHours(
            day_of=day,
            time_kind=TimeKind.exact,
            local_start=sheet.local_start.data,
            start_day_offset=int(sheet.start_day_offset.data or 0),
            local_end=sheet.local_end.data,
            end_day_offset=int(sheet.end_day_offset.data or 0),
            zone=zone,
            fold=(sheet.starts_fold.data or 0) if is_end else None,
        )
        try:
            check_call(hours)
        except AmbiguousTime as question:
            return question if question.field == self.about else None
        except (Refused, OverflowError):
            return None
        return None

    def process_data(self, value: Any) -> None:
        """Take the record's choice."""
        self.data = value

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the choice; nothing typed is no choice."""
        self.data = int(valuelist[0]) if valuelist and valuelist[0] in ("0", "1") else None

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Forget what the record said once a form has come in: the hour may be another now."""
        super().process(formdata, data, extra_filters)
        if formdata and self.name not in formdata:
            self.data = None

    def pre_validate(self, form: Any) -> None:
        """Ask, where the hour comes twice and nobody has said which."""
        question = self.asked
        if question is not None and self.data is None:
            raise StopValidation(question.reason)

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield the two offsets, the earlier first."""
        question = self.asked
        for fold, offset in enumerate(question.offsets if question else ()):
            word = "Before the clocks go back" if fold == 0 else "After the clocks go back"
            yield str(fold), f"{word}: {offset}", self.data == fold, {}

    def __call__(self, **_attributes: Any) -> Markup:
        """Draw nothing where nothing is asked."""
        return Markup("")


class CalledField(Field):
    """Who is called by name: a box for everybody engaged for the production on the form."""

    kind: ClassVar[str] = "boxes"

    def __init__(self, label: str, validators: Any = (), **rest: Any) -> None:
        super().__init__(label, validators, **rest)
        self.sheet = rest["_form"]
        self.chosen: set[int] = set()
        self.data: list[Engagement] = []

    def process_data(self, value: Any) -> None:
        """Take those the record calls."""
        self.data = list(value or ())
        self.chosen = {one.id for one in self.data}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read which boxes are ticked."""
        self.chosen = {int(value) for value in valuelist if str(value).isdecimal()}

    def pre_validate(self, form: Any) -> None:
        """Turn the boxes into the engagements of this production; others are not read."""
        self.data = [one for one in self._offered() if one.id in self.chosen]

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield everybody who can be called."""
        for one in self._offered():
            roles = "; ".join(role.role for role in one.roles)
            label = f"{one.person}, {roles}" if roles else str(one.person)
            yield str(one.id), label, one.id in self.chosen, {}

    def _offered(self) -> list[Engagement]:
        production = self.sheet.production.data
        with session.no_autoflush:
            return [] if production is None else choosable(session(), production.id)
