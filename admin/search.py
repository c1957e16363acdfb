"""Search over everything, from the bar of every page."""

from itertools import groupby
from typing import Final

from flask import request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access

from admin.links import href_to
from admin.roles import ALL, may
from app.db.session import session
from app.services import search

GROUPS: Final = {
    "person": ("PersonView", "Artists and agents", "i-me"),
    "production": ("ProductionView", "Productions", "i-stage"),
    "engagement": ("EngagementView", "Engagements", "i-people"),
    "contract": ("ContractView", "Contracts", "i-paper"),
    "claim": ("ClaimView", "Expense claims", "i-receipt"),
}
"""Kind -> the view that shows it, and how the group is headed."""


class SearchView(BaseView):
    """People, productions, engagements, contracts and claims by a few words."""

    route_base = "/admin/search"
    default_view = "list"

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show what the words lead to, as far as whoever asks may open it."""
        typed = request.args.get("q", "").strip()
        sm = self.appbuilder.sm
        kinds = tuple(
            kind for kind, (view, _, _) in GROUPS.items() if sm.has_access("can_show", view)
        )
        hits = search.everywhere(session(), typed, kinds)
        groups = [
            (GROUPS[kind][1], [_line(hit) for hit in some])
            for kind, some in groupby(hits, key=lambda hit: hit.kind)
        ]
        return str(self.render_template("desk/search.html", typed=typed, groups=groups))


def _line(hit: search.Hit) -> dict[str, str]:
    """Return a hit as a thing to open."""
    return {
        "symbol": GROUPS[hit.kind][2],
        "role": "",
        "title": hit.title,
        "href": href_to(hit.kind, hit.id),
        "hint": f"{hit.hint}, spelt like it" if hit.is_close else hit.hint,
        "deed": "",
    }


may("SearchView", {ALL: ("can_list",)})
