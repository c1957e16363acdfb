"""How the embedded implementations are made from the configuration; the sealer is made next door.

What stands here is loaded by every process that keeps a file: nothing heavy may.
"""

from app.integrations.accounting.ledger import EmbeddedLedger
from app.integrations.archive.folder import FolderArchive
from app.integrations.email.smtp import SmtpEmail
from app.integrations.files.local import LocalFiles
from app.integrations.postroom import PostRoomEmail, PostRoomSms
from app.integrations.scan.structure import StructureScan
from config import Config


def postroom_email(config: Config) -> PostRoomEmail:
    """Keep letters in the post room."""
    return PostRoomEmail(config.var / "postroom")


def postroom_sms(config: Config) -> PostRoomSms:
    """Keep texts in the post room."""
    return PostRoomSms(config.var / "postroom")


def smtp_email(config: Config) -> SmtpEmail:
    """Send letters to the mail server of SMTP_URL."""
    return SmtpEmail(config.smtp_url, sender=config.mail_from, timeout=config.http_timeout_seconds)


def local_files(config: Config) -> LocalFiles:
    """Keep files on this machine's disk."""
    return LocalFiles(config.var / "files")


def folder_archive(config: Config) -> FolderArchive:
    """File papers in a folder of this machine."""
    return FolderArchive(config.var / "archive")


def structure_scan(_config: Config) -> StructureScan:
    """Open what people send in a child process, and keep a safe copy."""
    return _scanner


_scanner = StructureScan()
"""One for the process: it starts its children when the first file comes."""


def embedded_ledger(_config: Config) -> EmbeddedLedger:
    """Keep bills in our own tables."""
    return EmbeddedLedger()
