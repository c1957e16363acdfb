from datetime import date

from app.db import session as db
from app.models.organisations import Season
from app.models.productions import Production


class TestAdd:
    def test_keeps_the_record_for_the_organisation_of_the_viewer(self, staff, stored, form):
        answer = staff.post("/admin/productions/add", data=form(title="Giselle", code="G1"))

        assert answer.status_code == 303
        assert [(p.title, p.organisation_id) for p in stored(Production)] == [("Giselle", 1)]

    def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(self, staff, stored, form):
        page = staff.post("/admin/productions/add", data=form(title="Macbeth", code="M7"))

        assert '<p class="say" id="title-say">' in page.text
        assert 'href="#title">Title: Nobody says that name in a theatre.</a>' in page.text
        assert 'value="M7"' in page.text
        assert stored(Production) == []

    def test_several_wrong_inputs_are_all_named(self, staff, form):
        page = staff.post("/admin/productions/add", data=form(title="T", code="BOTH")).text

        assert "Two things to put right" in page
        assert 'id="code-say"' in page
        assert 'id="title-say"' in page

    def test_a_refusal_about_no_field_stands_on_top(self, staff, form):
        page = staff.post("/admin/productions/add", data=form(title="T", code="NOPE")).text

        assert "<li>The season is closed.</li>" in page

    def test_an_empty_field_and_a_day_that_is_none_are_named(self, staff, form):
        page = staff.post(
            "/admin/productions/add", data=form(title=" ", code="C", starts_on="31/02")
        ).text

        assert "Title is empty. Fill it in." in page
        assert "“31/02” is not a day. Write it like 2026-11-30." in page
        assert 'value="31/02"' in page

    def test_a_constraint_is_the_net_and_speaks_in_words(self, staff, stored, form):
        data = form(title="T", code="C", starts_on="2027-02-02", ends_on="2027-02-01")

        page = staff.post("/admin/productions/add", data=data)

        assert "The last day is before the first day." in page.text
        assert stored(Production) == []

    def test_what_exists_already_is_refused_beside_its_field(self, staff, keep, form):
        keep(Production(code="C", title="Carmen"))

        page = staff.post("/admin/productions/add", data=form(title="Other", code="C"))

        assert "Another production already has this. Choose another." in page.text
        assert 'id="code-say"' in page.text

    def test_a_foreign_organisation_cannot_be_slipped_in(self, staff, stored, form):
        staff.post(
            "/admin/productions/add", data=form(title="T", code="C", organisation_id="2", id="9")
        )

        assert [p.organisation_id for p in stored(Production)] == [1]


class TestFind:
    def test_offers_what_matches_and_saves_nothing(self, staff, keep, stored, form):
        keep(Season(name="2026-27"), Season(name="2027-28"))

        page = staff.post("/admin/productions/add", data=form(season_words="27", find="season"))

        assert page.text.count('name="season" value=') == 3
        assert stored(Production) == []

    def test_one_match_is_taken_without_asking(self, staff, keep, stored, form):
        keep(Season(name="2026-27"), Season(name="2030-31"))

        staff.post("/admin/productions/add", data=form(title="T", code="C", season_words="2030"))

        assert [p.season_id for p in stored(Production)] == [stored(Season)[1].id]

    def test_several_matches_are_asked_about_and_the_words_stay(self, staff, keep, stored, form):
        keep(Season(name="2026-27"), Season(name="2027-28"))

        page = staff.post(
            "/admin/productions/add", data=form(title="T", code="C", season_words="27")
        )

        assert "2 seasons match. Choose one, or type more." in page.text
        assert 'value="27"' in page.text
        assert stored(Production) == []

    def test_none_is_said_with_the_words(self, staff, form):
        page = staff.post(
            "/admin/productions/add", data=form(title="T", code="C", season_words="9999")
        )

        assert "No season matches “9999”." in page.text

    def test_the_chosen_one_is_kept(self, staff, keep, stored, form):
        keep(Season(name="2026-27"), Season(name="2027-28"))
        second = stored(Season)[1]

        staff.post(
            "/admin/productions/add",
            data=form(
                title="T", code="C", season_words="27", season_asked="27", season=str(second.id)
            ),
        )

        assert [p.season_id for p in stored(Production)] == [second.id]

    def test_another_organisations_record_cannot_be_chosen(self, staff, keep, stored, form):
        keep(Season(name="Theirs"), organisation=2)
        theirs = stored(Season, 2)[0]

        staff.post("/admin/productions/add", data=form(title="T", code="C", season=str(theirs.id)))

        assert [p.season_id for p in stored(Production)] == [None]


class TestEdit:
    def test_refused_values_leave_the_session(self, desk, staff, keep, stored, form):
        keep(Production(code="C", title="Carmen"))
        carmen = stored(Production)[0]
        dirty: list[int] = []
        desk.after_request(lambda answer: dirty.append(len(db.session.dirty)) or answer)

        page = staff.post(
            f"/admin/productions/edit/{carmen.id}",
            data=form(title="Macbeth", code="C", version="1"),
        )

        assert "Nobody says that name" in page.text
        assert dirty == [0]
        assert [p.title for p in stored(Production)] == ["Carmen"]

    def test_a_record_saved_meanwhile_is_not_overwritten_unseen(self, staff, keep, stored, form):
        keep(Production(code="C", title="Carmen"))
        url = f"/admin/productions/edit/{stored(Production)[0].id}"
        staff.post(url, data=form(title="Theirs", code="C", version="1"))

        page = staff.post(url, data=form(title="Mine", code="C", version="1"))

        assert "saved this production while you were typing" in page.text
        assert 'value="Mine"' in page.text
        assert 'name="version" type="hidden" value="2"' in page.text
        assert [p.title for p in stored(Production)] == ["Theirs"]

    def test_the_form_shows_what_is_kept(self, staff, keep, stored):
        season = Season(name="2026-27")
        keep(season)
        keep(Production(code="C", title="Carmen", season_id=season.id, starts_on=date(2027, 2, 1)))

        page = staff.get(f"/admin/productions/edit/{stored(Production)[0].id}").text

        assert 'value="Carmen"' in page
        assert 'value="2027-02-01"' in page
        assert 'name="season_words" value="2026-27"' in page

    def test_another_organisations_record_does_not_exist(self, staff, keep, stored):
        keep(Production(code="C", title="Theirs"), organisation=2)
        theirs = stored(Production, 2)[0]

        for what in ("show", "edit"):
            assert staff.get(f"/admin/productions/{what}/{theirs.id}").status_code == 404
        assert staff.get("/admin/productions/show/x").status_code == 404


class TestHostileInput:
    def test_an_address_with_nonsense_for_the_new_record_still_shows_the_form(self, staff):
        asked = "starts_on=31/02&season=99999999999999999999&status=x&version=7&title=Carmen"

        page = staff.get(f"/admin/productions/add?{asked}")

        assert page.status_code == 200
        assert 'value="Carmen"' in page.text

    def test_an_address_may_choose_the_related_record(self, staff, keep, stored):
        keep(Season(name="2026-27"))

        page = staff.get(
            f"/admin/productions/add?season={stored(Season)[0].id}&starts_on=2027-02-01"
        )

        assert 'value="2026-27"' in page.text
        assert 'value="2027-02-01"' in page.text

    def test_a_nul_byte_is_dropped(self, staff, stored, form):
        staff.post("/admin/productions/add", data=form(title="Car\0men", code="C"))

        assert [p.title for p in stored(Production)] == ["Carmen"]
        assert staff.get("/admin/productions/list/?view=all&q=car%00men").status_code == 200

    def test_a_choice_that_is_not_offered_is_refused_beside_its_field(self, staff):
        page = staff.post("/admin/artists/add", data={"name": "Mia", "kind": "robot"})

        assert "Choose one of these." in page.text
        assert 'value="Mia"' in page.text

    def test_markup_in_a_name_is_only_a_name(self, staff, form):
        staff.post("/admin/productions/add", data=form(title="<script>x</script>", code="C"))

        page = staff.get("/admin/productions/list/?view=all").text

        assert "&lt;script&gt;x" in page
        assert "<script>x" not in page
