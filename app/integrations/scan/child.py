"""The process that opens what strangers send: little memory, little time, nothing else in it.

It reads frames from its standard input and answers each with one frame: a line of JSON, a newline,
and the bytes of the copy to show and of the clean paper. Started by ``app.integrations.scan.pool``.
"""

import json
import resource
import sys
from typing import Any, BinaryIO, Final

from app.domain.errors import Refused
from app.integrations.scan import images, papers

MEMORY: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 15
LARGEST_FILE: Final = 64 * 1024 * 1024
"""A paper is drawn from a file in memory; nothing is written to a disk."""
PDF: Final = "application/pdf"
PDF_UNDRAWN: Final = "application/pdf;undrawn"
"""A PDF whose pages were too much to draw within the limits: cleaned alone."""


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the other side closes the pipe."""
    while head := questions.read(8):
        wanted, _, content = questions.read(int.from_bytes(head, "big")).partition(b"\n")
        _allow(CPU_SECONDS)
        facts, *made = examine(content, wanted.decode("ascii"))
        facts["sizes"] = [len(one) for one in made]
        body = b"".join([json.dumps(facts).encode(), b"\n", *made])
        answers.write(len(body).to_bytes(8, "big") + body)
        answers.flush()


def examine(content: bytes, wanted: str) -> tuple[dict[str, Any], bytes, bytes]:
    """Return what is known of a file, the copy to show and the clean paper, or why it is refused."""
    try:
        if wanted == PDF_UNDRAWN:
            return {"view_media_type": PDF, "perceptual_hash": ""}, papers.clean(content), b""
        paper = papers.clean(content) if wanted == PDF else b""
        view, view_media_type, perceptual_hash = (
            images.written(papers.picture(paper)) if paper else images.rewrite(content, wanted)
        )
    except Refused as refusal:
        return {"refused": refusal.reason}, b"", b""
    facts = {"view_media_type": view_media_type, "perceptual_hash": perceptual_hash}
    return facts, view, paper


def _allow(seconds: int) -> None:
    """Grant the next file its seconds: the limit of the kernel counts the life of the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))


def main() -> None:
    """Take the limits on and serve."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
