"""The page of the Graph simulator: see folders and files, delete or move one, lose a notification."""

from urllib.parse import quote, urlencode

from markupsafe import Markup, escape
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

HEAD = Markup(
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>SharePoint (simulator)</title>"
    "<style>body{{font:16px system-ui;margin:2rem;max-width:60rem}}td,th{{padding:.3rem .8rem;text-align:left}}"
    "form{{display:inline}}</style><h1>SharePoint <small>(simulator)</small></h1>{}"
)
FAULTS = ("slow", "refuse", "fail_before", "fail_after", "drop_before", "drop_after", "expire")


def page(graph, request, rest):
    """Show the libraries, or do what a person pressed."""
    if request.method == "POST":
        _do(graph, request)
        return redirect("/sim/", 303)
    rows = Markup("").join(_row(drive, item) for drive in graph.drives for item in _files(drive))
    subs = Markup("").join(
        Markup("<li>{} until {}</li>").format(one["resource"], one["expirationDateTime"])
        for one in graph.subscriptions.values()
    )
    body = Markup(
        "<table><tr><th>Library<th>Path<th>Bytes<th>Versions<th>Columns<th></tr>{}</table>"
        "<h2>Subscriptions</h2><ul>{}</ul><p>{} notifications wait.</p>{}{}<h2>Next call goes wrong</h2>{}"
    ).format(
        rows,
        subs,
        len(graph.waiting),
        _button("deliver", "Deliver them"),
        _button("lose", "Lose the next one"),
        Markup(" ").join(_button("fault", kind, kind=kind) for kind in FAULTS),
    )
    return Response(HEAD.format(body), mimetype="text/html")


def _files(drive):
    return [item for item in drive.items.values() if not item.is_folder and not item.deleted]


def _row(drive, item):
    deeds = Markup(" ").join(
        _button(deed, word, drive=drive.id, item=item.id)
        for deed, word in (("delete", "Delete"), ("move", "Move"), ("change", "Change"))
    )
    said = ", ".join(f"{name}: {value}" for name, value in item.fields.items())
    return Markup("<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>").format(
        drive.name, item.path, len(item.content), len(item.versions) + 1, said, deeds
    )


def _button(deed, word, **more):
    hidden = Markup("").join(
        Markup("<input type='hidden' name='{}' value='{}'>").format(name, value)
        for name, value in {"deed": deed, **more}.items()
    )
    return Markup("<form method='post' action='/sim/'>{}<button>{}</button></form>").format(
        hidden, word
    )


def _do(graph, request):
    deed = request.form["deed"]
    if deed == "deliver":
        graph.deliver()
    elif deed == "lose":
        graph.lost += 1
    elif deed == "fault":
        graph.faults.plan(request.form["kind"], path=r"/v1\.0/.*", seconds=5)
    else:
        drive = next(d for d in graph.drives if d.id == request.form["drive"])
        item = drive.find(request.form["item"])
        if deed == "delete":
            drive.delete(item)
        elif deed == "move":
            drive.move(item, folder_path="Elsewhere")
        else:
            drive.write(item.id, item.content + b" changed")
        if graph.delivers:
            graph.deliver()


def consent(request, tenant):
    """Ask the administrator of the tenant, as Entra does (prose: v2-admin-consent)."""
    back = request.args["redirect_uri"]
    state = request.args.get("state", "")
    tenant = "84bd8158-6d4d-4958-8b9f-9d6445542f95" if tenant == "organizations" else tenant
    yes = {
        "admin_consent": "True",
        "tenant": tenant,
        "state": state,
        "scope": request.args["scope"],
    }
    no = {
        "error": "access_denied",
        "error_description": "AADSTS65004: The administrator declined.",
        "state": state,
    }
    body = Markup(
        "<p>The portal asks to read and write files of your sites.</p><p><a href='{}'>Accept</a> <a href='{}'>Cancel</a></p>"
    ).format(
        f"{back}?{urlencode(yes, quote_via=quote)}", f"{back}?{urlencode(no, quote_via=quote)}"
    )
    return Response(HEAD.format(escape(body)), mimetype="text/html")
