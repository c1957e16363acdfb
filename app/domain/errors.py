"""How the rules say no, in a sentence the person can act on."""

from collections.abc import Mapping


class Refused(Exception):
    """A rule says no. ``str()`` is the sentence for the person; ``field`` names the input it is about."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class MoveRefused(Refused):
    """A record cannot make this move from where it stands."""

    def __init__(self, status: str, event: str, *, noun: str = "record") -> None:
        words = str(event).replace("_", " ")
        super().__init__(f"A {noun} that is {str(status).replace('_', ' ')} cannot {words}.")
        self.status = status
        self.event = event


class Invalid(Refused):
    """Several inputs are wrong at once. ``errors`` maps each field to its sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
