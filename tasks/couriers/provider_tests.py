"""Tests a provider by one harmless call, and tests what is embedded by writing where it writes.

A vendor's own courier file names its call with ``TRIALS[port, choice] = Trial(prepare, call)``:
``prepare`` reads what the call needs (as the organisation), ``call`` makes it with no transaction
open and returns a sentence, or raises what any adapter raises.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from app.domain.outbox import EffectClass
from app.domain.providers import name_of
from app.integrations import providers
from app.integrations.errors import Permanent
from app.models.outbox import OutboxMessage
from app.services import provider_tests
from config import Config
from tasks.crew import Crew
from tasks.handlers import Handler


def _nothing(_session: Session) -> None:
    """Ask nothing beforehand."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How one choice is tested."""

    call: Callable[[Any], str]
    prepare: Callable[[Session], Any] = _nothing


TRIALS: Final[dict[tuple[str, str], Trial]] = {}
"""(port, choice) -> its test. Filled by the couriers of each topic when they join."""


def join(crew: Crew) -> None:
    """Take the courier of tests on, with the tests of what is embedded."""
    config = crew.config
    for port, choice, trial in _embedded(config):
        TRIALS[port, choice] = trial
    crew.carry(
        Handler(provider_tests.TEST, EffectClass.N, prepare=_prepare, send=_call, is_hurried=True)
    )


def _prepare(session: Session, message: OutboxMessage) -> tuple[Trial | None, str, Any]:
    port, choice = message.payload["port"], message.payload["choice"]
    trial = TRIALS.get((port, choice))
    return trial, choice, None if trial is None else trial.prepare(session)


def _call(request: tuple[Trial | None, str, Any], _key: str) -> str:
    trial, choice, prepared = request
    if trial is None:
        raise Permanent(f"{name_of(choice)} has no test that does no harm.")
    return trial.call(prepared)


def _embedded(config: Config) -> list[tuple[str, str, Trial]]:
    letters, papers, files = config.var / "postroom", config.var / "archive", config.var / "files"
    return [
        ("email", "postroom", _folder(letters, "The post room can be written.")),
        ("sms", "postroom", _folder(letters, "The post room can be written.")),
        ("archive", "folder", _folder(papers, "The archive folder can be written.")),
        ("files", "local", _folder(files, "The folder of files can be written.")),
        ("esign", "builtin", Trial(lambda _asked: _sealer())),
        ("accounting", "ledger", Trial(lambda _asked: "The ledger is in this database: it answers.")),
    ]  # fmt: skip


def _folder(place: Path, good: str) -> Trial:
    def call(_asked: Any) -> str:
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".test-", dir=place)
            os.write(handle, b"test")
            os.close(handle)
            Path(name).unlink()
        except OSError as error:
            raise Permanent(
                f"{place.name} cannot be written: {error.strerror}. Tell the platform's operator."
            ) from error
        return good

    return Trial(call)


def _sealer() -> str:
    providers.sealer()
    return "The seal of the house is there, and can be used."
