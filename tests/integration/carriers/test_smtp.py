"""Letters over SMTP: what a real conversation leaves us knowing, up to the farewell."""

import socketserver
import threading

import pytest

from app.integrations import exchanges
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


@pytest.mark.parametrize(
    ("word", "said", "failure", "words"),
    [
        ("RCPT", "550 5.1.1 no such user", Permanent, "refuses the address (550)"),
        ("RCPT", "450 4.2.0 greylisted", Retryable, "takes it later (450)"),
        ("MAIL", "553 not yours", Permanent, "correct MAIL_FROM"),
        ("DATA", "554 5.7.1 looks like spam", Permanent, "refuses the letter (554)"),
        ("DATA", None, Unclear, "the line broke"),
    ],
)
def test_staff_read_our_words_and_the_servers_own_stand_below_the_attempt(
    server, carrier, word, said, failure, words
):
    server.says[word] = said
    heard = []

    with exchanges.listening(heard), pytest.raises(failure) as failed:
        carrier.send(LETTER, key="effect-1")

    assert words in failed.value.reason
    assert "b'" not in failed.value.reason
    assert (said or "").partition(" ")[2] not in failed.value.reason or not said
    (kept,) = heard
    assert (said or "unexpectedly closed").partition(" ")[2] in kept["answer"]
    assert kept["request"]["To"] == "noemie@example.com"
    assert "Text" not in str(kept)


def test_an_address_that_no_server_takes_is_named_as_that(carrier):
    with pytest.raises(Permanent, match="Correct the address"):
        carrier.send(Letter("a@b.example\nBcc: all@c.example", "Calls", "Text"), key="effect-1")


def test_a_server_that_is_away_or_refuses_our_sign_in_says_what_to_do(server, free_port):
    away = SmtpEmail(f"smtp://127.0.0.1:{free_port}", sender="a@b.example", timeout=1)
    server.says["EHLO"] = "250-here\r\n250 AUTH PLAIN"
    server.says["AUTH"] = "535 5.7.8 bad credentials"
    stranger = SmtpEmail(
        server.url.replace("smtp://", "smtp://me:wrong@"), sender="a@b.example", timeout=1
    )

    with pytest.raises(Retryable, match="nobody answers at its address"):
        away.try_out()
    with pytest.raises(Permanent, match="Check the name and the password in SMTP_URL"):
        stranger.try_out()


def test_a_test_signs_in_and_hands_nothing_over(server, carrier):
    carrier.try_out()
    server.says["NOOP"] = None

    with pytest.raises(Retryable):
        carrier.try_out()

    assert server.letters == []
