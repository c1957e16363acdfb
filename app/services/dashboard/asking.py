"""The shape in which every topic tells what waits, so that one statement asks for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array

from app.domain.waiting import NAMED, Topic

SHAPE: Final = (
    ("topic", Text()),
    ("what", Text()),
    ("key", Text()),
    ("number", Integer()),
    ("names", ARRAY(Text)),
    ("since", DateTime(timezone=True)),
    ("day", Date()),
    ("amount", Numeric()),
    ("words", Text()),
)
"""What is said of one thing or of several alike: which, how many, who, since when, until when, how much."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks, and when."""

    user_id: int
    now: datetime
    today: date
    sees_money_alone: bool = False
    """Of what providers need a person for, only what concerns money is theirs."""


Asked = Any
"""A select of the common shape; the types of its columns are said in ``SHAPE``."""
Question = Callable[[Asker], Asked]


def told(topic: Topic, **columns: Any) -> Asked:
    """Return a select of the common shape; what is not given is empty."""
    given = {"topic": topic.value, "number": 1, **columns}
    return select(
        *(
            cast(null() if given.get(name) is None else given[name], kind).label(name)
            for name, kind in SHAPE
        )
    )


def first_names(name: Any, order: Any) -> ColumnElement[Any]:
    """Return the first few names of a group."""
    every = func.array_agg(aggregate_order_by(name, order), type_=ARRAY(Text))
    return every[1:NAMED]


def one_name(name: Any) -> ColumnElement[Any]:
    """Return a single name in the shape of several."""
    return array([name])
