"""What a child says is waited for whatever number its pipe has in the process."""

import fcntl
import os
import resource

import pytest

from app.pipes import is_readable

HIGH = 1_500


@pytest.fixture
def pipe():
    """Return a pipe whose reading end has a number that select(2) refuses, and its writing end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= HIGH:
        pytest.skip(f"only {hard} descriptors are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, HIGH + 10), hard))
    low, writing = os.pipe()
    high = fcntl.fcntl(low, fcntl.F_DUPFD, HIGH)
    os.close(low)
    with os.fdopen(high, "rb") as reading, os.fdopen(writing, "wb", buffering=0) as out:
        yield reading, out
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_word_is_heard(pipe):
    reading, out = pipe
    out.write(b"done")

    assert is_readable(reading, 5.0) is True


def test_silence_ends_in_time(pipe):
    reading, _ = pipe

    assert is_readable(reading, 0.01) is False


def test_the_end_is_heard(pipe):
    reading, out = pipe
    out.close()

    assert is_readable(reading, 5.0) is True
    assert reading.read() == b""
