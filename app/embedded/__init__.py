"""PostgreSQL and Redis from wheels, for laptops and tests."""

from app.embedded.postgres import Postgres
from app.embedded.process import EmbeddedError
from app.embedded.redis import Redis

__all__ = ["EmbeddedError", "Postgres", "Redis"]
