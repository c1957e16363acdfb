"""How the embedded implementations are made from the configuration."""

from app.integrations.email.smtp import SmtpEmail
from app.integrations.postroom import PostRoomEmail, PostRoomSms
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
