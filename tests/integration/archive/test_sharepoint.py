"""The archive in SharePoint, over HTTP against a simulator whose every word is checked."""

import pytest

from app.domain.archive import Library
from app.integrations.archive.graph import Application, Speaker, wait_of
from app.integrations.archive.port import Paper
from app.integrations.archive.quickxor import quick_xor
from app.integrations.archive.sharepoint import SharePointArchive
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.exchanges import listening
from tests.integration.archive.conftest import TENANT, files
from tests.simulators.gate import needs_specs

pytestmark = needs_specs

COLUMNS = {"contract_number": "ContractNumber", "artist": "Artist", "hash": "ContentHash"}
PATH = "big/2026/Nabucco/Ines Álvarez/C-2026-0001 v1.pdf"
LARGE = bytes(range(256)) * 4096 * 2
ITEMS = r"/v1\.0/drives/.*/content"


@pytest.fixture
def archive(vendor):
    app = Application("app-id", vendor.simulator.secret, vendor.base, vendor.base, timeout=3)
    return SharePointArchive(Speaker(app), part=327_680, small=1_000_000)


@pytest.fixture
def paper(vendor):
    def make(content=b"%PDF-1.7 signed", path=PATH, **more):
        library = Library(TENANT, vendor.simulator.drive.id, COLUMNS)
        facts = {"contract_number": "C-2026-0001", "artist": "Ines Álvarez", "hash": "ab12"}
        return Paper(path, content, "application/pdf", facts, library, **more)

    return make


class TestFiling:
    def test_a_paper_lies_in_the_folder_of_its_production_with_its_columns(
        self, vendor, archive, paper
    ):
        item, told = archive.file(paper())

        (kept,) = files(vendor)
        assert (kept.id, kept.path, kept.content) == (item, f"/{PATH}", b"%PDF-1.7 signed")
        assert kept.fields == {
            "ContractNumber": "C-2026-0001", "Artist": "Ines Álvarez", "ContentHash": "ab12",
        }  # fmt: skip
        assert told == quick_xor(kept.content)
        assert len(vendor.faults.heard) == 4, "token, look, put, one batch"

    def test_filing_twice_is_one_file_and_one_version(self, vendor, archive, paper):
        first, _ = archive.file(paper())

        again, _ = archive.file(paper(item=first))
        unknown, _ = archive.file(paper())

        assert first == again == unknown
        assert vendor.faults.count("PUT") == 1
        assert files(vendor)[0].versions == []

    @pytest.mark.parametrize("kind", ["drop_after", "fail_after", "drop_before", "fail_before"])
    def test_an_answer_that_never_came_leaves_one_file(self, vendor, archive, paper, kind):
        vendor.faults.plan(kind, method="PUT", path=ITEMS)

        with pytest.raises(Unclear):
            archive.file(paper())
        archive.file(paper())

        (kept,) = files(vendor)
        assert kept.versions == []

    def test_what_somebody_else_put_there_is_not_overwritten_unasked(self, vendor, archive, paper):
        vendor.simulator.drive.write(f"root:/{PATH}:", b"not ours")

        with pytest.raises(Permanent, match="not overwritten"):
            archive.file(paper())

        assert files(vendor)[0].content == b"not ours"

    def test_what_somebody_put_there_between_our_look_and_our_writing_stays(
        self, vendor, archive, paper
    ):
        vendor.simulator.before_put = lambda drive, _key: drive.write(f"root:/{PATH}:", b"theirs")

        with pytest.raises(Permanent, match="Somebody put or changed a file") as refused:
            archive.file(paper())

        assert refused.value.status == 409
        (kept,) = files(vendor)
        assert (kept.content, kept.versions) == (b"theirs", [])

    def test_a_file_that_somebody_changed_after_we_looked_is_not_replaced(
        self, vendor, archive, paper
    ):
        vendor.simulator.drive.write(f"root:/{PATH}:", b"not ours")
        vendor.simulator.before_put = lambda drive, _key: drive.write(f"root:/{PATH}:", b"newer")

        with pytest.raises(Permanent, match="It is not overwritten"):
            archive.file(paper(replaces=True))

        (kept,) = files(vendor)
        assert (kept.content, kept.versions) == (b"newer", [b"not ours"])

    def test_the_same_paper_put_there_meanwhile_is_that_paper(self, vendor, archive, paper):
        made = paper()
        vendor.simulator.before_put = lambda drive, _key: drive.write(
            f"root:/{PATH}:", made.content
        )

        assert archive.file(made)[0] == files(vendor)[0].id

    @pytest.mark.parametrize("content", [b"%PDF ours", LARGE])
    def test_filed_again_by_a_person_the_version_before_is_kept(
        self, vendor, archive, paper, content
    ):
        vendor.simulator.drive.write(f"root:/{PATH}:", b"not ours")

        archive.file(paper(content, replaces=True))

        (kept,) = files(vendor)
        assert (kept.content, kept.versions) == (content, [b"not ours"])

    def test_a_paper_that_was_deleted_there_is_filed_anew_when_it_is_filed_again(
        self, vendor, archive, paper
    ):
        first, _ = archive.file(paper())
        vendor.simulator.drive.delete(files(vendor)[0])

        second, _ = archive.file(paper(item=first, replaces=True))

        assert second != first
        assert len(files(vendor)) == 1

    def test_without_a_library_it_says_what_to_do(self, archive):
        with pytest.raises(Permanent, match="An Administrator chooses it"):
            archive.file(Paper(PATH, b"x", "application/pdf"))


class TestLargePapers:
    def test_goes_in_parts_with_no_key_on_them_and_the_worker_tells_that_it_lives(
        self, vendor, archive, paper
    ):
        beats = []

        archive.file(paper(LARGE), lambda: beats.append(1))

        parts = [heard for heard in vendor.faults.heard if heard.path.startswith("/up/")]
        assert len(parts) == len(beats) == 7
        assert all("Authorization" not in heard.headers for heard in parts)
        assert files(vendor)[0].content == LARGE

    def test_an_upload_that_ran_out_is_begun_anew_next_time(self, vendor, archive, paper):
        beats = []

        def beat():
            beats.append(1)
            if len(beats) == 3:
                vendor.simulator.drive.sessions.clear()

        with pytest.raises(Retryable, match="begun anew"):
            archive.file(paper(LARGE), beat)
        archive.file(paper(LARGE))

        (kept,) = files(vendor)
        assert (kept.content, kept.versions) == (LARGE, [])

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "fail_before", "fail_after"])
    def test_cut_in_the_middle_it_goes_on_where_it_stopped(self, vendor, archive, paper, kind):
        beats = []

        def beat():
            beats.append(1)
            if len(beats) == 3:
                vendor.faults.plan(kind, method="PUT", path="/up/.*")

        archive.file(paper(LARGE), beat)

        (kept,) = files(vendor)
        assert (kept.content, kept.versions) == (LARGE, [])
        assert vendor.faults.count("GET", "/up/.*") == 1
        assert vendor.faults.count("PUT", "/up/.*") <= 8, "never from the beginning again"

    def test_cut_after_the_last_part_it_is_found_next_time(self, vendor, archive, paper):
        beats = []

        def beat():
            beats.append(1)
            if len(beats) == 7:
                vendor.faults.plan("drop_after", method="PUT", path="/up/.*")

        with pytest.raises(Unclear):
            archive.file(paper(LARGE), beat)
        archive.file(paper(LARGE))

        assert [kept.content == LARGE for kept in files(vendor)] == [True]

    def test_a_name_taken_during_the_upload_is_told_at_the_last_part(self, vendor, archive, paper):
        beats = []

        def beat():
            beats.append(1)
            if len(beats) == 3:
                vendor.simulator.drive.write(f"root:/{PATH}:", b"somebody was quicker")

        with pytest.raises(Permanent) as refused:
            archive.file(paper(LARGE), beat)

        assert refused.value.status == 409
        assert files(vendor)[0].content == b"somebody was quicker"

    def test_a_name_taken_by_the_same_paper_is_that_paper(self, vendor, archive, paper):
        beats = []

        def beat():
            beats.append(1)
            if len(beats) == 3:
                vendor.simulator.drive.write(f"root:/{PATH}:", LARGE)

        assert archive.file(paper(LARGE), beat)[0] == files(vendor)[0].id

    def test_cut_again_and_again_the_promise_waits(self, vendor, archive, paper):
        vendor.faults.plan("drop_before", method="PUT", path="/up/.*", times=99)

        with pytest.raises(Unclear, match="too often"):
            archive.file(paper(LARGE))


class TestRefusals:
    def test_a_token_that_ran_out_is_asked_for_anew_once(self, vendor, archive, paper):
        archive.file(paper())
        vendor.simulator.forget_tokens()

        archive.file(paper(path="other.pdf"))

        assert vendor.faults.count("POST", ".*token") == 2
        assert len(files(vendor)) == 2

    def test_a_token_is_kept_for_the_next_paper(self, vendor, archive, paper):
        for number in range(3):
            archive.file(paper(path=f"{number}.pdf"))

        assert vendor.faults.count("POST", ".*token") == 1

    def test_a_key_that_entra_refuses_names_the_settings(self, vendor, archive, paper):
        vendor.simulator.secret = "another"

        with pytest.raises(Permanent, match="GRAPH_CLIENT_SECRET"):
            archive.file(paper())

    def test_a_wish_to_wait_is_passed_on_and_nothing_is_tried_again_here(
        self, vendor, archive, paper
    ):
        vendor.faults.plan("refuse", method="PUT", path=ITEMS, seconds=17)

        with pytest.raises(Retryable) as told:
            archive.file(paper())

        assert told.value.retry_after == 17
        assert "Error" not in told.value.reason
        assert vendor.faults.count("PUT") == 1

    def test_a_column_that_is_not_there_is_told_and_the_paper_is_kept(self, vendor, archive, paper):
        vendor.simulator.drive.columns.clear()

        with pytest.raises(Permanent, match="not recognized"):
            archive.file(paper())

        assert len(files(vendor)) == 1

    def test_people_can_read_what_was_said_and_no_secret(self, vendor, archive, paper):
        heard = []

        with listening(heard):
            archive.file(paper(LARGE))

        written = str(heard)
        assert "quickXorHash" in written
        assert vendor.simulator.secret not in written
        assert "s3cret" not in written
        assert not any(token in written for token in vendor.simulator.tokens)

    @pytest.mark.parametrize(
        ("said", "seconds"),
        [("", None), ("7", 7.0), ("1.5", 1.5), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
    )  # fmt: skip
    def test_reads_every_way_of_saying_later(self, said, seconds):
        assert wait_of(said) == seconds


class TestQuickXor:
    @pytest.mark.parametrize(
        ("content", "told"),
        [(b"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), (b"\x4a", "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
         (b"\xb5\xb4", "taAFAAAAAAAAAAAAAgAAAAAAAAA=")],
    )  # fmt: skip
    def test_agrees_with_values_that_others_publish(self, content, told):
        assert quick_xor(content) == told

    def test_agrees_with_the_algorithm_written_bit_by_bit(self):
        content = bytes(n * 7 % 251 for n in range(1000))
        slow = 0
        for position, byte in enumerate(content):
            for bit in range(8):
                if byte >> bit & 1:
                    slow ^= 1 << (position * 11 + bit) % 160
        slow ^= len(content) << 96

        assert int.from_bytes(__import__("base64").b64decode(quick_xor(content)), "little") == slow


def test_a_library_of_many_pages_is_told_whole_and_the_worker_tells_that_it_lives(
    vendor, archive, paper, monkeypatch
):
    monkeypatch.setattr("tests.simulators.graph.PAGE", 1)
    for number in range(3):
        archive.file(paper(path=f"big/2026/Nabucco/C-{number}.pdf"))
    beats = []

    library = Library(TENANT, vendor.simulator.drive.id)
    changes = archive.changes(library, "", lambda: beats.append(1))

    assert {one.path for one in changes.seen} == {
        f"big/2026/Nabucco/C-{number}.pdf" for number in range(3)
    }
    assert len(beats) >= 3
