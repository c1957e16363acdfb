"""What we ask of a scanner: look at the bytes somebody sent, refuse them, or return what is safe to show."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.documents import ScanStatus


@dataclass(frozen=True, slots=True)
class Findings:
    """What a scanner says of a file it lets in."""

    status: ScanStatus
    view: bytes = b""
    """A copy that is safe to show: upright, without location, without anything that acts."""
    view_media_type: str = ""
    paper: bytes = b""
    """Of a PDF whose first pages are the view: the whole of it, without anything that acts."""
    perceptual_hash: str = ""
    """64 bits as hex that stay much the same when the picture is scaled or saved again."""


class Scan(Protocol):
    """Looks at a file. A hostile or broken one is refused with ``Refused``, in a sentence for its sender."""

    def look(self, content: bytes, media_type: str) -> Findings:
        """Return what was found, or refuse."""
        ...
