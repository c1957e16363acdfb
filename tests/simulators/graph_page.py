"""The page of the Graph simulator: see folders and files, delete or move one, lose a notification."""

from urllib.parse import quote, urlencode

from markupsafe import Markup

from tests.simulators import sim_page
from tests.simulators.graph_tenants import MEMBER, TENANT, people_of

NAME = "SharePoint"


def page(graph, request, rest):
    """Show the libraries, or do what a person pressed."""
    if request.method == "POST":
        return sim_page.back(_do(graph, request.form))
    files = [_file(drive, item) for drive in graph.drives for item in _files(drive)]
    subs = Markup("").join(
        Markup("<li>{} until {}</li>").format(one["resource"], one["expirationDateTime"])
        for one in graph.subscriptions.values()
    )
    known = (("deliver", "Deliver them"), ("lose", "Lose the next one"))
    told = Markup("<h2>Subscriptions</h2><ul>{}</ul><p>{} notifications wait.</p>{}").format(
        subs or Markup("<li>None yet.</li>"), len(graph.waiting), sim_page.deeds("/sim/", known)
    )
    heading = Markup("<h2>Files</h2>{}").format("" if files else Markup("<p>No file yet.</p>"))
    return sim_page.page(request, NAME, told, heading, *files)


def _files(drive):
    return [item for item in drive.items.values() if not item.is_folder and not item.deleted]


def _file(drive, item):
    facts = f"{drive.name}; {len(item.content)} bytes; version {len(item.versions) + 1}"
    said = "\n".join(f"{name}: {value}" for name, value in item.fields.items())
    known = (("delete", "Delete"), ("move", "Move"), ("change", "Change"))
    form = sim_page.deeds("/sim/", known, drive=drive.id, item=item.id)
    return sim_page.article(item.path, facts, said, form)


def _do(graph, form):
    deed = form["deed"]
    if deed == "deliver":
        waited = len(graph.waiting)
        graph.deliver()
        return f"{waited} notifications delivered."
    if deed == "lose":
        graph.lost += 1
        return "The next notification will get lost."
    drive = next(d for d in graph.drives if d.id == form["drive"])
    item = drive.find(form["item"])
    path = item.path
    if deed == "delete":
        drive.delete(item)
    elif deed == "move":
        drive.move(item, folder_path="Elsewhere")
    else:
        drive.write(item.id, item.content + b" changed")
    if graph.delivers:
        graph.deliver()
    return f"{path}: {deed} is done."


def consent(request, tenant):
    """Ask the administrator of the tenant, as Entra does (prose: v2-admin-consent)."""
    back = request.args["redirect_uri"]
    state = request.args.get("state", "")
    tenant = TENANT if tenant == "organizations" else tenant
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
    return sim_page.page(request, NAME, body)


def sign_in(request, entra):
    """Ask who signs in at a tenant; who was pressed is sent back with a code."""
    known = people_of(entra.tenant)
    if "as" in request.args:
        return entra.sign_in(request.args, known.get(request.args["as"]))
    links = Markup("").join(
        Markup("<li><a href='?{}'>{}</a></li>").format(
            urlencode({**request.args, "as": key}), f"{person.name}, {person.address}"
        )
        for key, person in known.items()
    )
    nobody = Markup("" if MEMBER in known else "<p>You have no account of this tenant.</p>")
    body = Markup(
        "<h2>Sign in to {}</h2>{}<ul>{}<li><a href='?{}'>Nobody: go back</a></li></ul>"
    ).format(entra.tenant, nobody, links, urlencode({**request.args, "as": "nobody"}))
    return sim_page.page(request, NAME, body)
