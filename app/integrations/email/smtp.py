"""Letters over SMTP (RFC 5321), to the company's own mail server."""

import contextlib
import smtplib
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from app.integrations.email.port import Letter
from app.integrations.errors import Permanent, Retryable, Unclear

UNAUTHORISED = 401
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
            raise Permanent(f"The letter has a header that cannot be sent: {error}") from error
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
            raise Retryable(f"The mail server did not answer: {error}") from error
        finally:
            server.close()

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise Permanent(f"The mail server refuses the address: {error}") from error
        except smtplib.SMTPResponseException as error:
            # 4xx is "try again later", 5xx is "never" (RFC 5321 section 4.2.1)
            kind = Retryable if 400 <= error.smtp_code < 500 else Permanent
            raise kind(f"The mail server said {error.smtp_code}: {error.smtp_error!r}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unclear(f"The mail server did not answer: {error}") from error

    def _connected(self) -> smtplib.SMTP:
        """Return the server that took our sign-in; nothing was handed over yet."""
        try:
            return self._connect()
        except smtplib.SMTPAuthenticationError as error:
            raise Permanent(
                f"The mail server refuses our sign-in: {error}", status=UNAUTHORISED
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Retryable(f"The mail server cannot be reached: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        host = self.url.hostname or "localhost"
        port = self.url.port or PORTS[self.url.scheme]
        maker = smtplib.SMTP_SSL if self.url.scheme == "smtps" else smtplib.SMTP
        server = maker(host, port, timeout=self.timeout)
        if self.url.scheme == "smtp+starttls":
            server.starttls()
        if self.url.username:
            server.login(unquote(self.url.username), unquote(self.url.password or ""))
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
