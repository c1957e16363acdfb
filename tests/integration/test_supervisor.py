"""``make run`` from its first line to its last process."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.supervisor import CHECKOUT
from app.tls import certificate

pytestmark = pytest.mark.xdist_group("supervisor")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Return the folder of one house for all of these tests: migrating it takes longest."""
    with tempfile.TemporaryDirectory(prefix="portal-run-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "var"


@pytest.fixture
def start(var: Path, free_port: int) -> Iterator[Start]:
    """Start the supervisor as ``make run`` does, and leave nothing of it."""
    started: list[subprocess.Popen[str]] = []

    def begin(**settings: str) -> subprocess.Popen[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**kept, "PORT": str(free_port), "VAR": str(var), "NO_DEMO": "1", **settings}
        process = subprocess.Popen(
            [sys.executable, "-m", "app.supervisor"],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def wait_ready(process: subprocess.Popen[str]) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C stops everything" in line:
            return said
    raise AssertionError(said)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def left_of(people: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(people, timeout=20)
    return [f"{one.pid} {one.name()}" for one in alive]


def test_it_serves_and_ctrl_c_leaves_nothing_behind(start, var, free_port):
    process = start()
    said = wait_ready(process)
    people = family(process)

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"http://127.0.0.1:{free_port}/no-such-page")
    answer.value.close()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)

    assert f"http://127.0.0.1:{free_port}/admin/" in said
    assert answer.value.code == 404
    assert (process.returncode, "Stopped." in rest) == (0, True)
    assert left_of(people) == []
    assert not (var / "embedded.json").exists()


@pytest.mark.crash
def test_nothing_outlives_a_killed_supervisor(start, var):
    process = start()
    wait_ready(process)
    people = family(process)
    roles = json.loads((var / "embedded.json").read_text())

    process.kill()

    assert len(people) >= 4
    assert "portal_worker" in roles["DATABASE_WORKER_URL"]
    assert left_of(people) == []


@pytest.mark.crash
def test_a_web_server_that_falls_is_started_again(start, free_port):
    process = start()
    wait_ready(process)
    web = next(one for one in family(process) if "granian" in " ".join(one.cmdline()))
    its_own = web.children(recursive=True)

    web.kill()

    end = time.monotonic() + 30
    code = 0
    while code != 404 and time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{free_port}/no-such-page").close()
        except urllib.error.HTTPError as answer:
            code = answer.code
            answer.close()
        except OSError:
            time.sleep(0.2)
    assert code == 404
    assert left_of(its_own) == []


def test_a_taken_port_is_named_and_the_next_offered(start, free_port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()

        process = start()
        said, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert f"Port {free_port} is taken. Try: make run PORT={free_port + 1}" in said


def test_a_certificate_is_made_once_and_trusted_with_its_root(tmp_path):
    made = certificate(tmp_path / "tls")
    first = made.chain.read_bytes()
    again = certificate(tmp_path / "tls")

    trust = ssl.create_default_context(cafile=str(made.root))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.chain, made.key)
    near_in, near_out, far_in, far_out = (ssl.MemoryBIO() for _ in range(4))
    near = trust.wrap_bio(near_in, near_out, server_hostname="127.0.0.1")
    far = server.wrap_bio(far_in, far_out, server_side=True)
    for _ in range(4):
        for side in (near, far):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            far_in.write(near_out.read())
            near_in.write(far_out.read())

    assert again.chain.read_bytes() == first
    assert near.getpeercert()["subject"] == ((("commonName", "localhost"),),)
    assert made.key.stat().st_mode & 0o077 == 0
