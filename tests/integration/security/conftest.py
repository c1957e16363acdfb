"""Fixtures of the tests that look for a way past the walls."""

import pytest

from tests.conftest import Ground
from tests.integration.security.world import World, fill


@pytest.fixture
def world(database: Ground) -> World:
    """Fill every tenant's table."""
    return fill(database.url("postgres"))
