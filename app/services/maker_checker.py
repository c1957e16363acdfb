"""Nobody approves what they have put forward themselves."""

from app.domain.errors import Refused


def check_other(maker_id: int | None, checker_id: int) -> None:
    """Refuse that whoever submitted a paper approves it; a constraint of the table says the same."""
    if maker_id is not None and maker_id == checker_id:
        raise Refused("You submitted this. Somebody else approves it.")
