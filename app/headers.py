"""What every answer tells the browser it may do, and may not (reliability.md C5; ASVS 5 section 3.4)."""

import secrets
from collections.abc import Sequence
from typing import Final

from flask import Flask, Response, g, request

from app import sessions

NO_STORE: Final = ("/admin", "/portal", "/postroom")
ISOLATED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), browsing-topics=(), camera=(self), "
    "display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), serial=(), usb=()",
}


def policy(nonce: str, live_url: str, signing_hosts: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy of a page: what is not named here is refused."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' blob:",
            f"connect-src 'self' {live_url}",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            " ".join(("form-action 'self'", *signing_hosts)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def install(
    app: Flask, *, live_url: str, is_https: bool, signing_hosts: Sequence[str] = ()
) -> None:
    """Give each request its nonce and each answer its headers."""

    @app.before_request
    def make_nonce() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)

    @app.after_request
    def dress(answer: Response) -> Response:
        nonce = g.get("csp_nonce") or secrets.token_urlsafe(16)
        answer.headers.setdefault("Content-Security-Policy", policy(nonce, live_url, signing_hosts))
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        for name, value in ISOLATED.items():
            answer.headers.setdefault(name, value)
        if is_https:
            answer.headers["Strict-Transport-Security"] = (
                "max-age=63072000; includeSubDomains; preload"
            )
        if _is_private() and "Cache-Control" not in answer.headers:
            answer.headers["Cache-Control"] = "no-store"
        return answer


def _is_private() -> bool:
    """Tell whether the answer is about somebody: no cache on the way may keep it."""
    signed_in = sessions.kind_of(request.path) is not None and sessions.live() is not None
    return signed_in or request.path.startswith(NO_STORE)
