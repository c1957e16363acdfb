"""The rules of alerts: once, then the next person, and once that it is over; and where they are posted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import (
    PATIENCE,
    QUIET,
    Act,
    AlertStatus,
    Standing,
    TroubleKind,
    check_channel,
    check_people,
    decide,
    leave_is_ending,
)
from app.domain.errors import Refused

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
KEY = (TroubleKind.queue_old, "xero")
HOSTS = ("hooks.slack.com", "127.0.0.1:9000")


def walk(minutes, people, acknowledged_at=None):
    """Follow one trouble minute by minute; return what was done and when."""
    standing, acts = {}, []
    for minute, is_on in enumerate(minutes):
        at = AT + timedelta(minutes=minute)
        for act in decide(standing, [KEY] if is_on else [], people=people, at=at).values():
            acts.append((minute, act))
            alert = standing.get(KEY)
            if act is Act.raise_it:
                standing[KEY] = Standing(AlertStatus.open, 0, at)
            elif act is Act.tell_next:
                standing[KEY] = Standing(alert.status, alert.step + 1, at)
            elif act is Act.end:
                del standing[KEY]
            else:
                calm = at if act is Act.calm else None
                standing[KEY] = Standing(alert.status, alert.step, alert.told_at, calm)
        if minute == acknowledged_at and KEY in standing:
            alert = standing[KEY]
            standing[KEY] = Standing(
                AlertStatus.acknowledged, alert.step, alert.told_at, alert.calm_since
            )
    return acts


@given(st.lists(st.booleans(), max_size=200), st.integers(0, 4))
def test_whatever_happens_each_alert_is_raised_once_and_ended_once(minutes, people):
    told = [act for _, act in walk(minutes, people) if act in (Act.raise_it, Act.end)]

    assert told == [Act.raise_it, Act.end] * (len(told) // 2) + [Act.raise_it] * (len(told) % 2)


@given(st.lists(st.booleans(), max_size=200), st.integers(0, 4))
def test_no_two_people_are_told_within_half_an_hour_and_nobody_beyond_the_list(minutes, people):
    acts = walk(minutes, people)

    tellings = []
    for minute, act in acts:
        if act is Act.raise_it:
            tellings = [minute]
        elif act is Act.tell_next:
            assert timedelta(minutes=minute - tellings[-1]) >= PATIENCE
            tellings.append(minute)
            assert len(tellings) <= people


@given(st.integers(0, 20))
def test_once_acknowledged_nobody_else_is_told(minute):
    acts = walk([True] * 200, 4, acknowledged_at=minute)

    assert [act for _, act in acts] == [Act.raise_it]


def test_unacknowledged_it_goes_from_one_to_the_next_each_half_hour():
    acts = walk([True] * 100, 3)

    assert acts == [(0, Act.raise_it), (30, Act.tell_next), (60, Act.tell_next)]


def test_it_is_over_when_it_stayed_away_for_a_while():
    quiet = int(QUIET.total_seconds() // 60)
    acts = walk([True, False] + [True] + [False] * 20, 2)

    assert acts == [
        (0, Act.raise_it),
        (1, Act.calm),
        (2, Act.stir),
        (3, Act.calm),
        (3 + quiet, Act.end),
    ]


class TestAChannel:
    @pytest.mark.parametrize("url", ["", "  ", "https://hooks.slack.com/services/T/B/x", "http://127.0.0.1:9000/x", "https://127.0.0.1:9000/x"])  # fmt: skip
    def test_is_taken_where_the_operator_allows_it(self, url):
        assert check_channel(url, HOSTS) == url.strip()

    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.slack.com/x", "https://hooks.slack.com:8443/x", "https://hooks.slack.com@evil.example/x",
            "https://evil.example/hooks.slack.com", "https://hooks.slack.com.evil.example/", "ftp://hooks.slack.com/x",
            "https://127.0.0.1/x", "https://2130706433/", "https://0x7f.1/", "https://[::1]/", "https://[fd00::1]/x",
            "https://169.254.169.254/latest", "https://metadata.google.internal/", "//hooks.slack.com/x", "hooks.slack.com/x",
            "https://hooks.slack.com/x\r\nHost: evil", "https://hooks.slack.com/ x", "https://hooks.slack.com\\@evil.example",
            "https://user:pw@hooks.slack.com/x", "file:///etc/passwd", "gopher://hooks.slack.com/", "https://HOOKS.slack.com.:443/",
            "http://127.0.0.1:9001/x", "http://127.0.0.1/x", "https://hooks.slack.com:notaport/", "https://[::1", "javascript:alert(1)",
        ],
    )  # fmt: skip
    def test_is_refused_everywhere_else(self, url):
        with pytest.raises(Refused) as refusal:
            check_channel(url, HOSTS)

        assert refusal.value.field == "channel"


@pytest.mark.parametrize(
    ("provider", "lasts", "renewed_ago", "is_ending"),
    [
        ("xero", timedelta(minutes=30), timedelta(minutes=5), False),
        ("xero", timedelta(minutes=30), timedelta(days=30), False),
        ("xero", timedelta(minutes=30), timedelta(days=58), True),
        ("docusign", timedelta(hours=1), timedelta(days=400), False),
        ("sharepoint", None, timedelta(days=400), False),
        ("adobe_sign", timedelta(days=90), timedelta(days=10), False),
        ("adobe_sign", timedelta(days=90), timedelta(days=88), True),
    ],
)  # fmt: skip
def test_leave_is_about_to_end_where_nobody_will_renew_it_in_time(
    provider, lasts, renewed_ago, is_ending
):
    renewed_at = AT - renewed_ago
    until = None if lasts is None else renewed_at + lasts

    assert leave_is_ending(provider, until, renewed_at, AT) is is_ending


def test_people_are_told_in_their_order_each_once():
    assert check_people([3, 1, 3]) == [3, 1]
