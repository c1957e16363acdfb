"""Letters over SMTP (RFC 5321), to the company's own mail server."""

import contextlib
import smtplib
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from app.integrations import exchanges
from app.integrations.email.port import Letter
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.refusals import line_broke

UNAUTHORISED = 401
TAKEN = 250
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class SmtpEmail:
    """Sends each letter over its own connection to the server that ``url`` names.

    ``url`` is ``smtp://``, ``smtp+starttls://`` or ``smtps://user:password@host:port``.
    """

    def __init__(self, url: str, *, sender: str, timeout: float = 20.0) -> None:
        self.url = urlsplit(url)
        self.sender = sender
        self.timeout = timeout

    def send(self, letter: Letter, *, key: str) -> str:
        """Hand the letter to the server; its Message-ID carries our key."""
        try:
            message = self._compose(letter, key)
        except ValueError as error:
            # The library refuses a line break in a header; no server will ever take it.
            raise Permanent(
                "The address or the subject of the letter holds a sign that no mail server takes. "
                "Correct the address, and send it again."
            ) from error
        server = self._connected()
        try:
            self._hand_over(server, message)
            _say_goodbye(server)
        finally:
            server.close()
        return str(message["Message-ID"])

    def try_out(self) -> None:
        """Sign in at the server and go again."""
        server = self._connected()
        try:
            server.noop()
        except (OSError, smtplib.SMTPException) as error:
            self._note("NOOP", None, _said(error))
            raise Retryable(f"The mail server did not answer: {line_broke(error)}.") from error
        finally:
            server.close()

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            server.send_message(message)
        except smtplib.SMTPException as error:
            code, words = _answered(error)
            self._note("SEND", code, words, message)
            raise _failure(error, code) from error
        except OSError as error:
            self._note("SEND", None, _said(error), message)
            raise Unclear(f"The mail server did not answer: {line_broke(error)}.") from error
        self._note("SEND", TAKEN, "", message)

    def _connected(self) -> smtplib.SMTP:
        """Return the server that took our sign-in; nothing was handed over yet."""
        try:
            return self._connect()
        except smtplib.SMTPAuthenticationError as error:
            code, words = _answered(error)
            self._note("AUTH", code, words)
            raise Permanent(
                f"The mail server refuses our sign-in ({code}). Check the name and the password in SMTP_URL.",
                status=UNAUTHORISED,
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            self._note("CONNECT", None, _said(error))
            raise Retryable(f"The mail server cannot be reached: {line_broke(error)}.") from error

    def _note(
        self, word: str, code: int | None, answer: str, message: EmailMessage | None = None
    ) -> None:
        """Write down what was asked and answered; the words of a letter are not for everybody."""
        asked = {name: message[name] for name in ("To", "Message-ID")} if message else None
        where = f"{self.url.scheme}://{self.url.hostname or 'localhost'}"
        exchanges.note(word, where, request=asked, status=code, answer=answer or None)

    def _connect(self) -> smtplib.SMTP:
        host = self.url.hostname or "localhost"
        port = self.url.port or PORTS[self.url.scheme]
        maker = smtplib.SMTP_SSL if self.url.scheme == "smtps" else smtplib.SMTP
        server = maker(host, port, timeout=self.timeout)
        try:
            if self.url.scheme == "smtp+starttls":
                server.starttls()
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _compose(self, letter: Letter, key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = f"<{key}@portal.big.live>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        if letter.html:
            message.add_alternative(letter.html, subtype="html")
        return message


def _say_goodbye(server: smtplib.SMTP) -> None:
    """Take our leave; the letter was taken, whatever becomes of the farewell."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.quit()


def _failure(error: smtplib.SMTPException, code: int | None) -> Permanent | Retryable | Unclear:
    """Tell what an answer means: 4xx is "try again later", 5xx is "never" (RFC 5321 section 4.2.1)."""
    if code is None:
        return Unclear("The mail server did not answer: the line broke.")
    if 400 <= code < 500:
        return Retryable(f"The mail server takes it later ({code}).")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return Permanent(
            f"The mail server refuses the address ({code}). Check how it is written, or ask for another."
        )
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Permanent(
            f"The mail server does not let us send as MAIL_FROM says ({code}). Allow it there, or "
            "correct MAIL_FROM."
        )
    return Permanent(
        f"The mail server refuses the letter ({code}). Its own words stand below the attempt: "
        "whoever runs it knows what they mean."
    )


def _answered(error: smtplib.SMTPException) -> tuple[int | None, str]:
    """Return the code and the words of the server; no code where it did not say one."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return code, _read(words)
    if isinstance(error, smtplib.SMTPResponseException):
        # The library counts an answer that makes no sense as -1.
        is_answer = error.smtp_code >= 400
        return error.smtp_code if is_answer else None, _read(error.smtp_error)
    return None, _said(error)


def _read(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
