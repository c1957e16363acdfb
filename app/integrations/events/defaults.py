"""How the place for facts is made from the configuration."""

from app.integrations.events.redis_streams import RedisEvents
from config import Config


def redis_events(config: Config) -> RedisEvents:
    """Tell facts in a stream of our own Redis."""
    length = int(config.vendor.get("EVENT_STREAM_LENGTH", "100000"))
    return RedisEvents(config.redis_url, length=length, timeout=config.http_timeout_seconds)
