"""What every answer carries, and what no door may offer (reliability.md C4 and C5)."""

import json
import logging
import re

import pytest
import redis

from app.log_lines import Lines
from tests.fixtures_sign_in import browser_of

PREFIXES = (
    "/admin/", "/portal/", "/api/v1/", "/api/docs", "/api/openapi.json", "/hooks/", "/feeds/",
    "/health/live", "/health/ready", "/metrics", "/postroom/", "/static/", "/sw.js",
)  # fmt: skip
STOCK = ("/login/", "/logout/", "/users/list/", "/roles/list/", "/api/v1/security/login",
         "/api/v1/menu/", "/back", "/lang/de", "/resetmypassword/form", "/groups/list/")  # fmt: skip


class TestUrls:
    def test_every_address_begins_as_the_architecture_says(self, app):
        rules = {rule.rule for rule in app.url_map.iter_rules()} - {"/", "/portal", "/admin"}

        assert sorted(rule for rule in rules if not rule.startswith(PREFIXES)) == []

    @pytest.mark.parametrize("path", STOCK)
    def test_fabs_stock_doors_do_not_exist(self, client, path):
        assert client.get(path).status_code == 404
        assert client.post(path, json={}).status_code in {400, 404}

    def test_no_staff_page_opens_to_a_stranger(self, app):
        adapter = app.url_map.bind("localhost")
        opened = []
        for rule in app.url_map.iter_rules():
            if not rule.rule.startswith("/admin/") or "GET" not in rule.methods:
                continue
            values = {name: _sample(rule, name) for name in rule.arguments}
            answer = app.test_client().get(adapter.build(rule.endpoint, values))
            if answer.status_code == 200:
                opened.append(rule.endpoint)

        assert sorted(opened) == ["PasswordSetting.ask", "StaffSignIn.login"]


def _sample(rule, name):
    kinds = {"UUIDConverter": "0192f0c1-7b3a-7c55-9d7e-3f2b8a6c1d10", "IntegerConverter": 1}
    return kinds.get(type(rule._converters[name]).__name__, "1")


class TestHeaders:
    @pytest.mark.parametrize("path", ["/admin/login/", "/portal/", "/nowhere", "/health/live"])
    def test_every_page_has_a_strict_policy(self, client, path):
        answer = client.get(path)
        rules = dict(
            rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; ")
        )

        assert re.fullmatch(r"'nonce-[\w-]{22}'", rules["script-src"])
        assert rules["default-src"] == "'none'"
        assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=(self)" in answer.headers["Permissions-Policy"]
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}

    def test_each_answer_has_its_own_nonce_and_its_scripts_carry_it(self, staff):
        browser = staff()
        pages = [browser.get("/admin/") for _ in range(2)]
        nonces = [
            re.search(r"nonce-([\w-]+)", page.headers["Content-Security-Policy"])[1]
            for page in pages
        ]

        assert nonces[0] != nonces[1]
        for page, nonce in zip(pages, nonces, strict=True):
            scripts = re.findall(r"<script[^>]*>", page.text)
            assert scripts != []
            assert all(f'nonce="{nonce}"' in script for script in scripts)

    @pytest.mark.parametrize("path", ["/admin/", "/admin/seat/", "/admin/nothing"])
    def test_pages_of_staff_hold_no_inline_style_or_handler_and_are_not_kept(self, staff, path):
        page = staff().get(path)

        assert re.findall(r"\sstyle=|\son[a-z]+=|javascript:", page.text) == []
        assert page.headers["Cache-Control"] == "no-store"

    def test_https_is_demanded_where_it_is_spoken(self, make_app, client):
        secure = make_app(base_url="https://localhost").test_client()

        answer = secure.get("/health/live", base_url="https://localhost")

        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000;")
        assert "Strict-Transport-Security" not in client.get("/health/live").headers

    def test_cookies_are_bound_to_this_host_and_hidden_from_scripts(self, client):
        answer = client.get("/admin/login/")

        cookies = answer.headers.getlist("Set-Cookie")
        assert [cookie.split("=")[0] for cookie in cookies] == ["__Host-pre"]
        assert all(
            "Secure; HttpOnly; Path=/; SameSite=Lax" in cookie and "Domain" not in cookie
            for cookie in cookies
        )

    def test_another_host_name_is_refused(self, client):
        assert client.get("/health/live", base_url="http://evil.example").status_code == 400

    def test_machines_get_no_cookie(self, client):
        for path in ("/health/live", "/metrics", "/static/x/none.css"):
            assert client.get(path).headers.getlist("Set-Cookie") == []


class TestForms:
    def test_a_form_of_another_house_is_refused(self, staff):
        browser = staff()

        answer = browser.send("/admin/seat/others", headers={"Origin": "https://evil.example"})

        assert answer.status_code == 400

    def test_a_cookie_alone_changes_nothing(self, staff):
        assert staff().post("/admin/seat/others").status_code == 400


class TestRefusals:
    def test_a_program_is_told_in_json(self, client):
        answer = client.get("/nowhere", headers={"Accept": "application/json"})

        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == 404
        assert answer.json["request_id"] == answer.headers["X-Request-ID"]

    def test_a_person_is_told_in_words(self, client):
        page = client.get("/nowhere")

        assert page.status_code == 404
        assert "There is nothing here for you" in page.text

    def test_a_stranger_who_asks_for_json_is_told_to_sign_in(self, client):
        answer = client.get("/admin/", headers={"Accept": "application/json"})

        assert answer.status_code == 401
        assert answer.json["title"] == "Sign in first"

    def test_what_breaks_is_confessed_with_its_number(self, make_app):
        app = make_app()
        app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

        @app.get("/health/broken")
        def broken():
            raise ZeroDivisionError("secret words")

        answer = app.test_client().get("/health/broken")

        assert answer.status_code == 500
        assert answer.json["request_id"] == answer.headers["X-Request-ID"]
        assert "secret words" not in answer.text


class TestRequestId:
    def test_a_given_number_is_kept_and_a_bad_one_replaced(self, client):
        good = client.get("/health/live", headers={"X-Request-ID": "from-the-proxy-1"})
        bad = client.get("/health/live", headers={"X-Request-ID": "x y<script>"})

        assert good.headers["X-Request-ID"] == "from-the-proxy-1"
        assert re.fullmatch(r"[0-9a-f]{24}", bad.headers["X-Request-ID"])

    def test_a_line_is_json_and_names_the_rule_and_not_the_address(self, client, caplog):
        caplog.set_level(logging.INFO, "portal.request")

        client.get("/static/abc/secret-token.css?code=1234", headers={"X-Request-ID": "number-42"})

        line = json.loads(Lines().format(caplog.records[-1]))
        assert line["request_id"] == "number-42"
        assert line["place"] == "/static/<shelf>/<path:name>"
        assert "secret-token" not in json.dumps(line)
        assert "1234" not in json.dumps(line)


class TestHealth:
    def test_alive_and_ready(self, client):
        assert client.get("/health/live").json == {"status": "alive"}
        assert client.get("/health/ready").json["status"] == "ready"

    def test_without_redis_it_is_ready_and_everybody_stays_signed_in(self, make_app, staff):
        browser = staff()
        lonely = make_app(redis_url="redis://127.0.0.1:1/0")
        away = browser_of(lonely)
        away.set_cookie("__Host-staff", browser.get_cookie("__Host-staff").value, secure=True)

        assert away.get("/health/ready").status_code == 200
        assert away.get("/admin/").status_code == 200

    def test_the_figures_count_requests(self, make_app):
        client = make_app().test_client()
        client.get("/health/live")

        assert 'portal_requests_total{method="GET",place="/health/live",status="200"} 1.0' in (
            client.get("/metrics").text
        )


class TestLiveSessions:
    def test_a_session_is_read_from_its_row_once_and_then_from_redis(self, staff, redis_url):
        browser = staff()
        browser.get("/admin/")
        browser.get("/admin/")

        with redis.Redis.from_url(redis_url) as server:
            kept = list(server.keys("session:*"))
            lives = [server.ttl(key) for key in kept]

        assert len(kept) == 1
        assert 0 < lives[0] <= 30
