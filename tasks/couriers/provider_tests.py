"""Tests a provider by one harmless question, and what is embedded by writing where it writes.

A vendor's own courier file names its call with ``TRIALS[port, choice] = Trial(prepare, call)``:
``prepare`` reads what the call needs (as the organisation), ``call`` makes it with no transaction
open and returns a sentence, or raises what any adapter raises.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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


ASKED: Final = (
    ("email", "sendgrid", "SendGrid knows our key, and takes letters from us. None was sent."),
    ("email", "smtp", "The mail server answers, and takes our sign-in. No letter was sent."),
    ("sms", "twilio", "Twilio answers, and knows our account. No text was sent."),
    ("push", "vapid", "Our key for notices can be used. Push services are asked with a notice only."),
    ("events", "redis", "Redis answers."),
    ("events", "azure_service_bus", "Service Bus lets us in, and knows where our facts go."),
)  # fmt: skip
"""Port, choice, and what is said when the one harmless question was answered."""


def join(crew: Crew) -> None:
    """Take the courier of tests on, with the tests of all that has no courier file of its own."""
    config = crew.config
    for port, choice, trial in _ours(config):
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


def _ours(config: Config) -> list[tuple[str, str, Trial]]:
    letters, papers, files = config.var / "postroom", config.var / "archive", config.var / "files"
    return [
        ("email", "postroom", _folder(letters, "The post room can be written.")),
        ("sms", "postroom", _folder(letters, "The post room can be written.")),
        ("archive", "folder", _folder(papers, "The archive folder can be written.")),
        ("files", "local", _folder(files, "The folder of files can be written.")),
        ("esign", "builtin", Trial(lambda _asked: _sealer())),
        ("accounting", "ledger", Trial(lambda _asked: "The ledger is in this database: it answers.")),
        ("files", "azure_blob", Trial(lambda _asked: _blobs())),
        *((port, choice, Trial(partial(_tried, port, good))) for port, choice, good in ASKED),
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


def _tried(port: str, good: str, _asked: Any) -> str:
    """Ask whoever serves a need one harmless question."""
    providers.tried(port).try_out()
    return good


def _blobs() -> str:
    """Ask for a file that cannot be there: it proves our key and changes nothing."""
    providers.files().has("0" * 64)
    return "Azure Blob answers, and lets us in."


def _sealer() -> str:
    providers.sealer()
    return "The seal of the house is there, and can be used."
