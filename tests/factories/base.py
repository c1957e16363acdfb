"""Factories write as the owner of the tables: a test says ``at_home_in(owner_session)`` first."""

from typing import Any

import factory
from sqlalchemy.orm import Session

_home: list[Session] = []


def at_home_in(session: Session) -> None:
    """Let every factory keep its records in ``session``."""
    _home[:] = [session]


class Record(factory.alchemy.SQLAlchemyModelFactory):  # type: ignore[misc]
    """A record that is committed as soon as it is made, for the product to see it."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: _home[0]  # noqa: E731
        sqlalchemy_session_persistence = factory.alchemy.SESSION_PERSISTENCE_COMMIT

    @classmethod
    def _after_postgeneration(cls, instance: Any, create: bool, results: Any = None) -> None:
        if create:
            _home[0].commit()

    @classmethod
    def _setup_next_sequence(cls) -> int:
        return 1
