"""The pages of the simulators: one frame, the vendors side by side, and the fault switches on every page."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

PLACE = "simulator.faults"
"""Where in the request's environment the switches lie (``faults.Faults``)."""
FRAME = Markup("""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} (simulated)</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{{color-scheme:light dark;--line:#8886;--mark:light-dark(#8a1c4c,#f2a7c6);--bad:light-dark(#a3160f,#ffb4ab)}}
*{{box-sizing:border-box}}body{{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem}}
nav{{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding-bottom:.5rem;border-bottom:1px solid var(--line)}}
nav a{{display:inline-block;padding:.55rem 0;color:var(--mark)}}nav a[aria-current]{{font-weight:700;text-decoration:none}}
h1,h2,h3,a,button{{overflow-wrap:anywhere;max-width:100%}}
h1{{font-size:1.5rem;margin:1rem 0}}h2{{font-size:1.15rem;margin:1.5rem 0 .5rem}}h3{{font-size:1rem;margin:0 0 .25rem}}
article,section.switches{{border:1px solid var(--line);border-radius:8px;padding:1rem;margin:1rem 0}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;margin:.5rem 0}}
code{{overflow-wrap:anywhere}}form{{display:inline}}fieldset{{border:0;padding:0;margin:0}}
button,input,select{{font:inherit;min-height:2.75rem;padding:.4rem .8rem;border-radius:6px;border:1px solid var(--line)}}
input[type=checkbox]{{min-height:0;width:1.25rem;height:1.25rem;vertical-align:-.2rem}}
.row{{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin:.5rem 0}}
.row label{{display:grid;gap:.1rem}}.row label.tick{{display:block;padding:.55rem .5rem .55rem 0}}
.said{{border-left:4px solid var(--mark);padding:.5rem 1rem;margin:1rem 0}}
.waits{{border-left:4px solid var(--bad);padding-left:1rem}}small{{overflow-wrap:anywhere}}
</style><nav aria-label="Vendors">{nav}</nav><main><h1>{title}, simulated</h1>{said}{switches}{body}</main></html>""")
WORDS = {
    "slow": "Answer slowly",
    "refuse": "Refuse: 429, Retry-After",
    "fail_before": "500, nothing done",
    "fail_after": "Do it, then 500",
    "drop_before": "Hang up, nothing done",
    "drop_after": "Do it, then hang up",
    "expire": "401: the token ran out",
}
"""Kind of fault -> what its switch says."""
METHODS = (("", "any call"), ("POST", "POST"), ("PUT", "PUT"), ("GET", "GET"))


def page(request, vendor, *parts):
    """Return the whole page; ``parts`` are pieces of markup."""
    faults = request.environ.get(PLACE)
    said = request.args.get("said", "")
    neighbours = faults.neighbours if faults is not None else ()
    nav = _join(
        Markup("<a href='{}'{}>{}</a>").format(
            url, Markup(" aria-current='page'") if name == vendor else "", name
        )
        for name, url in neighbours
    )
    written = FRAME.format(
        title=vendor,
        nav=nav,
        said=Markup("<p class='said' role='status'>{}</p>").format(said) if said else "",
        switches=_switches(faults) if faults is not None else "",
        body=_join(parts) or Markup("<p>Nothing has come yet.</p>"),
    )
    return Response(written, content_type="text/html; charset=utf-8")


def back(said):
    """Go back to the page, and say there what a button did."""
    return redirect(f"/sim/?{urlencode({'said': said})}", 303)


def answered(statuses):
    """Say how the product's door answered what was told."""
    return f"Told the product; its door answered {', '.join(map(str, statuses))}."


def article(title, facts, text, deeds):
    """Return one thing the vendor holds."""
    shown = Markup("<pre>{}</pre>").format(text) if text else ""
    return Markup(
        "<article><h3>{}</h3><small>{}</small>{}<div class='row'>{}</div></article>"
    ).format(title, facts, shown, deeds)


def deeds(action, known, *, ways=False, **hidden):
    """Return a form with a button for each (name, words), and ticks for how the notice is sent."""
    ticks = (("twice", "twice"), ("late", "an hour late"), ("forged", "forged")) if ways else ()
    return Markup("<form method='post' action='{}'>{}<div class='row'>{}{}</div></form>").format(
        action,
        _join(
            Markup("<input type='hidden' name='{}' value='{}'>").format(*one)
            for one in hidden.items()
        ),
        _join(Markup("<button name='deed' value='{}'>{}</button>").format(*one) for one in known),
        _join(
            Markup(
                "<label class='tick'><input type='checkbox' name='{}'> tell us {}</label>"
            ).format(*one)
            for one in ticks
        ),
    )


def ways_of(form):
    """Return how a notice is to be sent, as the form says."""
    return {name: name in form for name in ("twice", "late", "forged")}


def press(faults, form):
    """Throw a fault switch for the next calls, or take one back; say what was done."""
    if "back" in form:
        taken = faults.take_back(int(form["back"]))
        return "Taken back." if taken else "It has happened already, or was taken back before."
    kind = form.get("kind", "")
    if kind not in WORDS:
        return "There is no such switch."
    times, seconds = _number(form.get("times"), 1), _number(form.get("seconds"), 2)
    faults.plan(kind, method=form.get("method", ""), times=max(1, int(times)), seconds=seconds)
    return f"Thrown: {WORDS[kind].lower()}."


def _number(typed, usual):
    try:
        return min(999.0, max(0.0, float(typed)))
    except (TypeError, ValueError):
        return usual


def _switches(faults):
    waiting = _join(
        Markup("<p>{} <button name='back' value='{}'>Take back</button></p>").format(
            _named(one), one.number
        )
        for one in faults.plans
        if one.times > 0
    )
    shown = Markup("<form class='waits' method='post' action='/sim/faults'>{}</form>")
    happened = _join(
        Markup("<li>{} UTC: {}, {} <code>{}</code></li>").format(
            f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}", WORDS[kind].lower(), method, path
        )
        for at, kind, method, path in faults.happened[-5:][::-1]
    )
    return Markup(
        "<section class='switches' aria-label='Fault switches'><h2>Let the next calls go wrong</h2>"
        "<form method='post' action='/sim/faults'><div class='row'>"
        "<label>How many <input name='times' value='1' inputmode='numeric' size='3'></label>"
        "<label>Seconds <input name='seconds' value='2' inputmode='decimal' size='3'></label>"
        "<label>Which <select name='method'>{}</select></label></div><div class='row'>{}</div></form>"
        "{}{}</section>"
    ).format(
        _join(Markup("<option value='{}'>{}</option>").format(*one) for one in METHODS),
        _join(
            Markup("<button name='kind' value='{}'>{}</button>").format(*one)
            for one in WORDS.items()
        ),
        shown.format(waiting) if waiting else Markup("<p>No switch is thrown.</p>"),
        Markup("<p>Happened lately:</p><ul>{}</ul>").format(happened) if happened else "",
    )


def _named(fault):
    calls = "the next call" if fault.times == 1 else f"the next {fault.times} calls"
    which = f" by {fault.method}" if fault.method else ""
    path = f" to {fault.path}" if fault.path != ".*" else ""
    return f"Thrown for {calls}{which}{path}: {WORDS[fault.kind].lower()}."


def _join(pieces):
    return Markup("").join(pieces)
