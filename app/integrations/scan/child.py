"""The process that opens what strangers send: little memory, little time, nothing else in it.

It reads frames from its standard input and answers each with one frame: a line of JSON, a newline,
and the bytes of the copy to show. Started by ``app.integrations.scan.pool``.
"""

import json
import resource
import sys
from typing import Any, BinaryIO, Final

from app.domain.errors import Refused
from app.integrations.scan import images, papers

MEMORY: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 15
PDF: Final = "application/pdf"


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the other side closes the pipe."""
    while head := questions.read(8):
        media_type, _, content = questions.read(int.from_bytes(head, "big")).partition(b"\n")
        _allow(CPU_SECONDS)
        facts, view = examine(content, media_type.decode("ascii"))
        body = json.dumps(facts).encode() + b"\n" + view
        answers.write(len(body).to_bytes(8, "big") + body)
        answers.flush()


def examine(content: bytes, media_type: str) -> tuple[dict[str, Any], bytes]:
    """Return what is known of a file and the copy to show, or why it is refused."""
    try:
        if media_type == PDF:
            return {"view_media_type": PDF, "perceptual_hash": ""}, papers.clean(content)
        view, view_media_type, perceptual_hash = images.rewrite(content, media_type)
    except Refused as refusal:
        return {"refused": refusal.reason}, b""
    return {"view_media_type": view_media_type, "perceptual_hash": perceptual_hash}, view


def _allow(seconds: int) -> None:
    """Grant the next file its seconds: the limit of the kernel counts the life of the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))


def main() -> None:
    """Take the limits on and serve."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
