"""What Xero wishes is obeyed: seconds or a date, when it is busy and when it is closed."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from app.db.clock import now
from app.integrations.accounting import sign_in
from app.integrations.accounting.xero_line import failure
from app.integrations.errors import Permanent, Retryable


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_a_wish_is_obeyed_however_it_is_written(status, name):
    until = format_datetime(now() + timedelta(seconds=90), usegmt=True)
    for said in ("90", until):
        for refusal in (
            failure(status, b"{}", {name: said}),
            sign_in._failure(status, b"", {name: said}),
        ):
            assert isinstance(refusal, Retryable)
            assert refusal.retry_after == pytest.approx(90, abs=2)


def test_nonsense_is_no_wish():
    refusal = failure(429, b"{}", {"Retry-After": "soon"})

    assert isinstance(refusal, Retryable)
    assert refusal.retry_after is None


def test_a_client_that_is_not_known_is_asked_for_its_keys_again():
    refusal = sign_in._failure(400, b'{"error": "invalid_client"}', {})

    assert isinstance(refusal, Permanent)
    assert not isinstance(refusal, sign_in.NoLeave)
    assert refusal.status == 401
