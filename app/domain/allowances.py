"""Per diems and allowances: what they are for and how a day is counted."""

from enum import StrEnum, auto


class AllowanceKind(StrEnum):
    """What an allowance line pays for."""

    per_diem = auto()
    travel = auto()
    relocation = auto()
    meal = auto()


class Meal(StrEnum):
    """A meal the company may provide instead of paying for it."""

    breakfast = auto()
    lunch = auto()
    dinner = auto()
