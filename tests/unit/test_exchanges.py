"""What staff may read of what was said: no secret on either side, and the code of what went wrong."""

from app.integrations import exchanges


def heard(**said):
    found = []
    with exchanges.listening(found):
        exchanges.note("POST", "https://vendor.example/token?code=abc&page=2", **said)
    return found[0]


def test_secrets_are_masked_on_both_sides_and_in_the_address():
    told = heard(
        request={"code": "one-use", "client_secret": "s", "to": "noemie@example.com"},
        status=200,
        headers={"Set-Cookie": "sid=1", "Retry-After": "3"},
        answer=b'{"access_token": "t", "expires_in": 1800, "bankAccountNumber": "123"}',
    )

    assert told["request"] == {
        "code": exchanges.MASK, "client_secret": exchanges.MASK, "to": "noemie@example.com",
    }  # fmt: skip
    assert told["headers"] == {"Set-Cookie": exchanges.MASK, "Retry-After": "3"}
    assert told["answer"] == {
        "access_token": exchanges.MASK, "expires_in": 1800, "bankAccountNumber": exchanges.MASK,
    }  # fmt: skip
    assert told["url"] == f"https://vendor.example/token?code={exchanges.MASK}&page=2"


def test_the_code_of_a_refusal_can_be_read():
    told = heard(status=400, answer=b'{"error": {"code": "accessDenied"}, "code": 21610}')

    assert told["answer"] == {"error": {"code": "accessDenied"}, "code": 21610}
