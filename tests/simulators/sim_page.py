"""The page of a simulator: what it holds, a button for all a vendor may do, and the fault switches."""

import html

from werkzeug.wrappers import Response

from tests.simulators.faults import KINDS

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color-scheme:light dark}
article{border:1px solid #8888;border-radius:8px;padding:1rem;margin:1rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere}button{font:inherit;padding:.35rem .7rem;margin:.2rem}
form{display:inline}label{margin-right:1rem}
"""


def page(vendor, simulator, parts):
    """Return the whole page; ``parts`` are pieces of HTML made with the functions below."""
    body = "".join(parts) or "<p>Nothing has come yet.</p>"
    written = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{vendor} (simulated)</title>"
        f"<meta name=viewport content='width=device-width'><style>{STYLE}</style>"
        f"<h1>{vendor}, simulated</h1>{_switches(simulator)}{body}"
    )
    return Response(written, content_type="text/html; charset=utf-8")


def said(text):
    """Return a text as it may stand in a page."""
    return html.escape(str(text))


def article(title, facts, text, buttons):
    """Return one thing the vendor holds."""
    return f"<article><h2>{said(title)}</h2><p>{said(facts)}</p><pre>{said(text)}</pre>{buttons}</article>"


def buttons(action, deeds):
    """Return a form with a button for each (name, words), and how the notice is sent."""
    pressed = "".join(
        f"<button name=deed value='{said(name)}'>{said(words)}</button>" for name, words in deeds
    )
    ways = "".join(
        f"<label><input type=checkbox name={name}> {words}</label>"
        for name, words in (("twice", "twice"), ("late", "an hour late"), ("forged", "forged"))
    )
    return f"<form method=post action='{said(action)}'>{pressed}<p>Tell us {ways}</p></form>"


def ways(form):
    """Return how a notice is to be sent, as the form says."""
    return {name: name in form for name in ("twice", "late", "forged")}


def throw(simulator, form):
    """Throw a fault switch for the next calls."""
    if simulator.faults is not None and form.get("kind") in KINDS:
        simulator.faults.plan(
            form["kind"], times=int(form.get("times") or 1), seconds=float(form.get("seconds") or 2)
        )


def _switches(simulator):
    if simulator.faults is None:
        return ""
    kinds = "".join(f"<button name=kind value={kind}>{kind}</button>" for kind in KINDS)
    waiting = ", ".join(f"{one.kind} x {one.times}" for one in simulator.faults.plans if one.times)
    return (
        "<form method=post action=/sim/fault>Let the next <input name=times value=1 size=2> call(s) "
        f"go wrong (<input name=seconds value=2 size=2> s): {kinds}</form>"
        f"<p>Waiting: {said(waiting or 'none')}</p>"
    )
