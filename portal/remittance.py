"""What a pay run paid, for the artist: each amount and what it is for, as a page and as a paper."""

from flask import Blueprint, Response, abort, render_template

from app.db.session import transaction
from app.domain.people import RepresentationScope
from app.services.pay_runs import reading
from portal.gate import company, needs_scope, taken
from reports import remittance


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/money/paid/<run_number>", view_func=paid)
    portal.add_url_rule("/money/paid/<run_number>/advice.pdf", view_func=paid_paper)


@needs_scope(RepresentationScope.paid)
def paid(run_number: str) -> str:
    """Show what one pay run paid to the artist."""
    with transaction() as db:
        lines = reading.remittance(db, run_number) or abort(404)
        return render_template("portal/remittance.html", lines=lines, company=company(db))


@needs_scope(RepresentationScope.paid)
def paid_paper(run_number: str) -> Response:
    """Hand the same out as a PDF."""
    with transaction() as db:
        lines = reading.remittance(db, run_number) or abort(404)
        paper = remittance.advice(company(db), taken().found.artist_name, lines)
    answer = Response(paper, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f"attachment; filename={lines[0].run_number}.pdf"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
