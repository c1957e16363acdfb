import pytest

from admin.base import RecordInterface
from app.domain.errors import Refused
from app.models.productions import Production


class TestMoves:
    def test_several_records_are_asked_for_by_number_and_then_moved(self, staff, keep, stored):
        keep(Production(code="C1", title="One"), Production(code="C3", title="Three"))
        pks = [str(p.id) for p in stored(Production)]
        url = "/admin/productions/action_post"

        asked = staff.post(url, data={"action": "rename", "rowid": pks})
        wrong = staff.post(
            url, data={"action": "rename", "rowid": pks, "confirmed": "1", "count": "3"}
        )
        done = staff.post(
            url, data={"action": "rename", "rowid": pks, "confirmed": "1", "count": "2"}
        )

        assert "Rename 2 productions?" in asked.text
        assert "Type 2, the number of productions" in wrong.text
        assert done.status_code == 303
        assert [p.title for p in stored(Production)] == ["One renamed", "Three renamed"]

    def test_all_are_moved_or_none(self, staff, keep, stored):
        keep(Production(code="C1", title="One"), Production(code="C2", title="Two"))
        pks = [str(p.id) for p in stored(Production)]
        data = {"action": "rename", "rowid": pks, "confirmed": "1", "count": "2"}

        page = staff.post("/admin/productions/action_post", data=data, follow_redirects=True)

        assert "Two keeps its name." in page.text
        assert [p.title for p in stored(Production)] == ["One", "Two"]

    def test_one_record_is_moved_from_its_page(self, staff, keep, stored):
        keep(Production(code="C1", title="One"))
        pk = stored(Production)[0].id

        page = staff.post(f"/admin/productions/action/rename/{pk}", follow_redirects=True)

        assert '<p class="toast" role="status">1 renamed.</p>' in page.text

    def test_a_move_is_never_made_by_following_a_link(self, staff, keep, stored):
        keep(Production(code="C1", title="One"))
        pk = stored(Production)[0].id

        assert staff.get(f"/admin/productions/action/rename/{pk}").status_code == 405
        assert staff.get(f"/admin/productions/delete/{pk}").status_code == 405

    def test_another_organisations_record_cannot_be_moved(self, staff, keep, stored):
        keep(Production(code="C1", title="Theirs"), organisation=2)
        pk = stored(Production, 2)[0].id

        assert staff.post(f"/admin/productions/action/rename/{pk}").status_code == 404

    def test_nothing_chosen_is_said(self, staff):
        page = staff.post(
            "/admin/productions/action_post", data={"action": "rename"}, follow_redirects=True
        )

        assert "Choose productions first" in page.text

    def test_records_are_never_deleted_in_bulk(self):
        with pytest.raises(Refused):
            RecordInterface(Production).delete_all([])
