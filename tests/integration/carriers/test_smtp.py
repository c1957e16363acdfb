"""Letters over SMTP: what a real conversation leaves us knowing, up to the farewell."""

import socketserver
import threading

import pytest

from app.integrations.email.port import Letter
from app.integrations.email.smtp import SmtpEmail
from app.integrations.errors import Permanent, Retryable, Unclear

LETTER = Letter("noemie@example.com", "Your calls", "Text")


class Server(socketserver.ThreadingTCPServer):
    """A mail server that says what a test wants at a word, None for cutting the line."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self):
        self.says, self.letters = {}, []
        super().__init__(("127.0.0.1", 0), Conversation)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper().decode()
            said = self.server.says.get(
                word, {"DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 ok")
            )
            if said is None:
                return
            self.wfile.write(f"{said}\r\n".encode())
            if said.startswith("354"):
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(b"".join(lines))
                self.wfile.write(b"250 taken\r\n")


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def carrier(server):
    return SmtpEmail(server.url, sender="house@example.com", timeout=2)


@pytest.mark.parametrize("farewell", [None, "421 too busy to say goodbye", "221 bye"])
def test_a_letter_that_was_taken_is_sent_whatever_becomes_of_the_farewell(
    server, carrier, farewell
):
    server.says["QUIT"] = farewell

    assert carrier.send(LETTER, key="effect-1") == "<effect-1@portal.big.live>"
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    ("word", "said", "failure"),
    [
        ("RCPT", "550 no such user", Permanent),
        ("MAIL", "451 later", Retryable),
        ("DATA", None, Unclear),
    ],
)
def test_what_the_server_says_is_what_is_known(server, carrier, word, said, failure):
    server.says[word] = said

    with pytest.raises(failure):
        carrier.send(LETTER, key="effect-1")

    assert server.letters == []


def test_a_test_signs_in_and_hands_nothing_over(server, carrier):
    carrier.try_out()
    server.says["NOOP"] = None

    with pytest.raises(Retryable):
        carrier.try_out()

    assert server.letters == []
