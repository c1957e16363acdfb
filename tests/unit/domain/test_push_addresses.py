"""Only the services that browsers use are called, and only with keys that can be used."""

import base64

import pytest

from app.domain.errors import Refused
from app.domain.push import NOTICES, check_address, check_keys

HOSTS = ("fcm.googleapis.com", "push.apple.com")
POINT = base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode().rstrip("=")
SECRET = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")


class TestAddresses:
    @pytest.mark.parametrize(
        "endpoint",
        ["https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/QAbc?x=1"],
    )
    def test_of_known_services_are_taken(self, endpoint):
        assert check_address(endpoint, HOSTS) == endpoint

    @pytest.mark.parametrize(
        "endpoint",
        [
            "", "nonsense", "https://evil.example/x", "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com.example/", "http://fcm.googleapis.com/x",
            "https://user@169.254.169.254/latest", "https://127.0.0.1/x", "ftp://push.apple.com/x",
            "https://notpush.apple.com.evil/", "https://xpush.apple.com/", "https://push.apple.com/" + "x" * 2000,
            "https://fcm.googleapis.com@evil.example/x",
        ],
    )  # fmt: skip
    def test_of_others_are_refused_with_what_happens_instead(self, endpoint):
        with pytest.raises(Refused, match="by mail all the same"):
            check_address(endpoint, HOSTS)

    def test_of_this_machine_are_taken_where_the_settings_say_so(self):
        assert check_address("http://127.0.0.1:9/x", ("127.0.0.1",))


class TestKeys:
    def test_of_a_browser_are_a_point_and_a_secret(self):
        assert check_keys(POINT, SECRET) == (POINT, SECRET)

    @pytest.mark.parametrize(
        ("point", "secret"), [("", SECRET), (POINT, ""), (SECRET, SECRET), (POINT, "ü"), ("a", "b")]
    )
    def test_of_another_size_are_refused(self, point, secret):
        with pytest.raises(Refused, match="no keys that we can use"):
            check_keys(point, secret)


class TestNotices:
    def test_lead_into_the_portal_and_fit_a_topic(self):
        assert all(one.path.startswith("/portal/") for one in NOTICES.values())
        assert all(one.topic.isalpha() and len(one.topic) <= 32 for one in NOTICES.values())
