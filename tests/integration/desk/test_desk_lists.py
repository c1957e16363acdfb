import re
from datetime import date

from app.db.clock import now
from app.domain.people import PersonKind
from app.models.organisations import Season
from app.models.people import Person
from app.models.productions import Production


class TestList:
    def test_costs_few_statements_and_little_html_whatever_the_size(self, staff, keep, statements):
        season = Season(name="2026-27")
        keep(season)
        keep(
            *(
                Production(code=f"C{n}", title=f"Giselle {n}", season_id=season.id)
                for n in range(60)
            )
        )
        keep(*(Season(name=f"Season {n}") for n in range(50)))
        statements.clear()

        page = staff.get("/admin/productions/list/?view=all&q=gis")

        assert (
            len([s for s in statements if "set_config" not in s and not s.startswith("SELECT 1")])
            <= 4
        )
        assert page.text.count("<tr>") == 26
        assert "Season 7" not in page.text
        assert len(page.data) < 20_000
        assert "1 to 25 of 60" in page.text
        assert "Next 25" in page.text

    def test_a_narrowed_list_goes_on_in_its_order_and_ends(self, staff, keep):
        keep(*(Production(code=f"C{n:02}", title=f"Giselle {n:02}") for n in range(30)))
        keep(Production(code="Z", title="Carmen"))
        address = "/admin/productions/list/?view=all&q=giselle&sort=-title"

        first, second, beyond = (staff.get(f"{address}&page={n}").text for n in range(3))

        assert re.findall(r"Giselle (\d\d)</a>", first) == [f"{n:02}" for n in range(29, 4, -1)]
        assert re.findall(r"Giselle (\d\d)</a>", second) == ["04", "03", "02", "01", "00"]
        assert "26 to 30 of 30" in second
        assert "Carmen" not in first + second + beyond
        assert "Giselle" not in beyond

    def test_finds_names_with_diacritics_without_them(self, staff, keep):
        keep(Production(code="R", title="Rêverie"), Production(code="G", title="Giselle"))

        page = staff.get("/admin/productions/list/?view=all&q=reverie")

        assert "Rêverie" in page.text
        assert "Giselle" not in page.text

    def test_a_wildcard_is_only_a_character(self, staff, keep):
        keep(Production(code="G", title="Giselle"))

        assert "No productions match" in staff.get("/admin/productions/list/?view=all&q=%25x").text

    def test_saved_views_have_counts_and_the_first_is_shown(self, staff, keep):
        keep(
            Production(code="G", title="Giselle"),
            Production(code="C", title="Carmen", starts_on=date(2027, 2, 1)),
        )

        page = staff.get("/admin/productions/list/")

        assert 'With dates <span class="num">1</span>' in page.text
        assert 'All <span class="num">2</span>' in page.text
        assert "Giselle" not in page.text

    def test_sorts_by_a_column_and_offers_the_other_way(self, staff, keep):
        keep(Production(code="A", title="Zampa"), Production(code="B", title="Aida"))

        page = staff.get("/admin/productions/list/?view=all&sort=-code")

        assert page.text.index("Aida") < page.text.index("Zampa")
        assert 'aria-sort="descending"' in page.text
        assert "sort=code" in page.text

    def test_what_is_archived_is_put_away_but_can_be_looked_at(self, staff, keep, stored):
        keep(Person(name="Here"), Person(name="Gone", archived_at=now()))

        assert "Gone" not in staff.get("/admin/artists/list/").text
        assert "Gone" in staff.get("/admin/artists/list/?view=archived").text

    def test_nonsense_in_the_address_is_the_first_page(self, staff, keep):
        keep(Person(name="Here", kind=PersonKind.individual))

        for asked in (
            "page=-1",
            "page=x",
            "sort=nope",
            "view=nope",
            "kind=nope",
            "page=99999999999",
        ):
            assert staff.get(f"/admin/artists/list/?{asked}").status_code == 200

    def test_another_organisations_rows_do_not_exist(self, staff, keep):
        keep(Person(name="Ours"))
        keep(Person(name="Theirs"), organisation=2)

        page = staff.get("/admin/artists/list/")

        assert "Ours" in page.text
        assert "Theirs" not in page.text

    def test_an_empty_list_says_so_and_what_to_do(self, staff):
        page = staff.get("/admin/artists/list/").text

        assert "No artists yet." in page
        assert "New artist" in page
