"""How a provider lets us down: worth trying again, not worth it, or nobody knows."""


class Failure(Exception):
    """A provider did not do what it was asked. ``status`` is its HTTP status, if there was one."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Retryable(Failure):
    """The provider answered that it did nothing now. ``retry_after`` is its own wish in seconds."""

    def __init__(
        self, reason: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, status=status)
        self.retry_after = retry_after


class Unclear(Failure):
    """No answer came: the effect may have happened, or not (reliability.md A5, step 7)."""


class Permanent(Failure):
    """The provider refused, and will refuse again. A person has to change something.

    ``code`` is what the provider calls the reason, for whoever learns more from it than words.
    """

    def __init__(self, reason: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(reason, status=status)
        self.code = code
