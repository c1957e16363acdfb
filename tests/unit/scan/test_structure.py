"""What is sent to us is taken apart: nothing that acts gets through, and nothing says where it was taken."""

import json
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pikepdf
import pillow_heif
import pytest
from PIL import Image

from app.domain.documents import DocumentKind, ScanStatus, check_upload
from app.domain.errors import Refused
from app.domain.likeness import NEAR, distance
from app.integrations.scan.pool import Harmed, Pool
from app.integrations.scan.structure import StructureScan
from tests.bench import papers

RECEIPTS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "receipts"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ACTIVE = (b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/Launch", b"/EmbeddedFile", b"/RichMedia",
          b"/XFA", b"/SubmitForm", b"/URI", b"/GoToR")  # fmt: skip


@pytest.fixture(scope="module")
def scan():
    scanner = StructureScan()
    yield scanner
    scanner._pool.close()


def picture(size=(60, 40), **extra):
    made = Image.new("RGB", size, "white")
    made.paste("navy", (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    made.save(out, extra.pop("kind", "JPEG"), **extra)
    return out.getvalue()


def paper(size, **extra):
    """A paper with something written on it, photographed at a size."""
    made = Image.new("L", (90, 60), 245)
    for place in range(40):
        left, top = place * 37 % 80, place * 23 % 54
        made.paste(60 + place * 3, (left, top, left + 3 + place % 7, top + 3))
    out = BytesIO()
    made.resize(size).convert("RGB").save(out, "JPEG", **extra)
    return out.getvalue()


def with_place():
    """A photo taken on its side, in Adelaide."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (34.0, 55.0, 42.0)
    return picture(exif=exif)


def look(scan, content):
    return scan.look(content, check_upload(DocumentKind.receipt, content[:64], len(content)))


def pdf(act):
    """A PDF of one page to which ``act`` did something."""
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 200))
        act(made)
        out = BytesIO()
        made.save(out)
    return out.getvalue()


def action(kind, **more):
    return pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **more)


def script(_made=None):
    return action("JavaScript", JS=pikepdf.String("app.alert(1)"))


def opens(made):
    made.Root.OpenAction = script()


def launches(made):
    made.Root.OpenAction = action("Launch", F=pikepdf.String("cmd.exe"))


def page_acts(made):
    made.pages[0].obj.AA = pikepdf.Dictionary(O=script())


def names_script(made):
    made.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script()]))
    )


def carries(made):
    made.attachments["evil.exe"] = pikepdf.AttachedFileSpec(made, b"MZ", filename="evil.exe")


def form(made):
    made.Root.AcroForm = pikepdf.Dictionary(
        XFA=made.make_stream(b"<xdp/>"), Fields=pikepdf.Array([])
    )


def annotated(subtype, **more):
    def act(made):
        note = pikepdf.Dictionary(
            Type=pikepdf.Name("/Annot"), Subtype=pikepdf.Name(f"/{subtype}"),
            Rect=pikepdf.Array([0, 0, 9, 9]), **more,
        )  # fmt: skip
        made.pages[0].obj.Annots = pikepdf.Array([made.make_indirect(note)])

    return act


def chained(made):
    made.Root.OpenAction = action("GoTo", Next=made.make_indirect(script()))


def submits(made):
    made.pages[0].obj.AA = pikepdf.Dictionary(
        C=made.make_indirect(action("SubmitForm", F=pikepdf.String("http://x")))
    )


ACTS = {
    "runs a script when opened": opens,
    "starts a program": launches,
    "acts when a page is shown": page_acts,
    "names a script": names_script,
    "carries a file": carries,
    "has an XFA form": form,
    "plays rich media": annotated("RichMedia"),
    "has a file on the page": annotated("FileAttachment"),
    "links out": annotated("Link", A=action("URI", URI=pikepdf.String("http://x"))),
    "goes to another file": annotated("Link", A=action("GoToR", F=pikepdf.String("b.pdf"))),
    "hides a script behind a jump": chained,
    "sends a form": submits,
}


class TestPhotos:
    def test_the_copy_is_upright_and_says_nothing_of_the_place(self, scan):
        original = with_place()

        found = look(scan, original)

        with Image.open(BytesIO(found.view)) as copy, Image.open(BytesIO(original)) as sent:
            assert dict(sent.getexif().get_ifd(0x8825)) != {}
            assert dict(copy.getexif()) == {}
            assert (sent.size, copy.size) == ((60, 40), (40, 60))
        assert b"Exif" not in found.view
        assert found.status is ScanStatus.structure_checked

    def test_a_heic_becomes_a_jpeg(self, scan):
        out = BytesIO()
        pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal")).save(out)

        found = look(scan, out.getvalue())

        assert (found.view_media_type, found.view[:3]) == ("image/jpeg", b"\xff\xd8\xff")

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_every_format_a_phone_sends_becomes_a_jpeg_without_its_place(self, scan, kind):
        exif = Image.Exif()
        exif.get_ifd(0x8825)[1] = "S"
        sent = picture(kind=kind, exif=exif)

        found = look(scan, sent)

        with Image.open(BytesIO(found.view)) as copy:
            assert (copy.format, dict(copy.getexif())) == ("JPEG", {})

    def test_a_grey_png_of_sixteen_bits_is_not_bleached(self, scan):
        out = BytesIO()
        Image.new("I;16", (20, 20), 40_000).save(out, "PNG")

        with Image.open(BytesIO(look(scan, out.getvalue()).view)) as copy:
            assert copy.convert("L").getpixel((5, 5)) == pytest.approx(155, abs=2)

    def test_a_heic_of_another_size_passes(self, scan):
        out = BytesIO()
        pillow_heif.from_pillow(Image.new("RGB", (1280, 960), "teal")).save(out, quality=20)

        with Image.open(BytesIO(look(scan, out.getvalue()).view)) as copy:
            assert copy.size == (1280, 960)

    def test_what_hangs_on_behind_a_photo_is_left_out(self, scan):
        found = look(scan, picture() + b"<script>alert(1)</script>PK\x03\x04")

        assert b"<script>" not in found.view
        assert b"PK\x03\x04" not in found.view

    def test_a_transparent_png_stands_on_white(self, scan):
        out = BytesIO()
        Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")

        with Image.open(BytesIO(look(scan, out.getvalue()).view)) as copy:
            assert copy.getpixel((5, 5)) == (255, 255, 255)

    def test_a_phone_with_48_megapixels_passes(self, scan):
        found = look(scan, picture((8000, 6000), quality=30))

        with Image.open(BytesIO(found.view)) as copy:
            assert copy.size == (2400, 1800)

    def test_two_photos_of_one_paper_have_nearly_the_same_hash(self, scan):
        small = look(scan, paper((300, 200))).perceptual_hash
        large = look(scan, paper((900, 600), quality=40)).perceptual_hash

        assert small != ""
        assert distance(small, large) <= NEAR


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "The file is empty."),
            (b"<html><script>alert(1)</script></html>", "We cannot read this file."),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "We cannot read this"),
            (b"GIF89a" + bytes(40), "We cannot read this file."),
            (b"MZ" + bytes(80), "We cannot read this file."),
            (picture((400, 300))[:700], "This is not a photo we can read: it ends in the middle."),
            (b"\xff\xd8\xff" + bytes(300), "This is not a photo we can read"),
            (b"\x89PNG\r\n\x1a\n" + bytes(60), "This is not a photo we can read"),
            (b"\x00\x00\x00\x18ftypheic" + bytes(90), "This is not a photo we can read"),
            (b"%PDF-1.7\n%broken", "This is not a PDF we can read"),
            (picture() + EICAR, "virus signature (EICAR)"),
            (b"%PDF-1.4\n" + EICAR, "virus signature (EICAR)"),
        ],
    )
    def test_broken_and_hostile_files_are_refused_with_a_reason(self, scan, content, said):
        with pytest.raises(Refused) as refusal:
            look(scan, content)

        assert said in str(refusal.value)

    def test_a_picture_bomb_is_refused_unopened(self, scan):
        with pytest.raises(Refused, match="too large to open"):
            look(scan, bomb(20_000, 20_000))

    def test_a_locked_pdf_is_refused(self, scan):
        with pikepdf.new() as made:
            made.add_blank_page()
            out = BytesIO()
            made.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))

        with pytest.raises(Refused, match="locked with a password"):
            look(scan, out.getvalue())

    def test_more_than_25_megabytes_are_refused(self):
        with pytest.raises(Refused, match="25 MB is the most"):
            check_upload(DocumentKind.receipt, b"\xff\xd8\xff", 26 * 1024 * 1024)

    def test_a_child_that_dies_costs_one_file_and_not_the_next(self):
        pool = Pool(1)
        scanner = StructureScan()
        scanner._pool = pool
        scanner.look(picture(), "image/jpeg")
        child = pool._places.get()
        assert child is not None
        child._process.kill()
        child._process.wait()
        pool._places.put(child)

        with pytest.raises(Refused, match="could not be opened safely"):
            scanner.look(picture(), "image/jpeg")
        after = scanner.look(picture(), "image/jpeg")
        pool.close()

        assert after.status is ScanStatus.structure_checked


class TestPapers:
    @pytest.mark.parametrize("act", list(ACTS.values()), ids=list(ACTS))
    def test_nothing_that_acts_is_left(self, scan, act):
        found = look(scan, pdf(act))

        assert _active_in(found.paper) == []
        assert found.view_media_type == "image/jpeg"

    def test_the_pages_stay_and_the_first_five_are_drawn_one_below_the_other(self, scan):
        short, long = (look(scan, papers.pdf(pages)) for pages in (2, 9))

        with pikepdf.open(BytesIO(long.paper)) as kept:
            assert len(kept.pages) == 9
        with Image.open(BytesIO(short.view)) as two, Image.open(BytesIO(long.view)) as five:
            assert two.height / two.width == pytest.approx(2 * 400 / 300, rel=0.03)
            assert five.height / five.width == pytest.approx(5 * 400 / 300, rel=0.03)
            assert min(two.convert("L").tobytes()) < 64
        assert short.perceptual_hash != ""

    def test_a_photo_in_a_pdf_does_not_tell_where_it_was_taken(self, scan):
        sent = papers.scanned()

        found = look(scan, sent)

        assert b"Exif\0\0" in sent
        assert b"Exif\0\0" not in found.paper + found.view
        with Image.open(BytesIO(found.view)) as drawn:
            assert min(drawn.convert("L").tobytes()) < 64

    def test_what_is_too_much_to_draw_is_kept_as_a_clean_pdf(self, scan, monkeypatch):
        asked = scan._pool.ask

        def tired(content, way):
            if way == "application/pdf":
                raise Harmed
            return asked(content, way)

        monkeypatch.setattr(scan._pool, "ask", tired)
        found = look(scan, pdf(opens))

        assert found.view_media_type == "application/pdf"
        assert _active_in(found.view) == []
        assert found.paper == b""

    @pytest.mark.parametrize("broken", [b"%PDF-1.4\n1 0 obj", papers.pdf(1)[:300]])
    def test_a_damaged_pdf_is_refused_in_words(self, scan, broken):
        with pytest.raises(Refused, match="This is not a PDF we can read"):
            look(scan, broken)


@pytest.mark.skipif(not RECEIPTS.is_dir(), reason="../shared/data/receipts is not there")
def test_real_receipts_pass_and_no_two_look_the_same(scan):
    names = sorted(json.loads((RECEIPTS / "truth.json").read_text()))
    photos = sorted(RECEIPTS.glob("*.jpg"))

    hashes = [look(scan, photo.read_bytes()).perceptual_hash for photo in photos]

    assert len(names) == len(photos)
    assert len(set(hashes)) == len(photos)


def _active_in(content):
    """What acts in a PDF, its streams written out."""
    with pikepdf.open(BytesIO(content)) as read:
        out = BytesIO()
        read.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return [mark for mark in ACTIVE if mark in out.getvalue()]


def bomb(width, height):
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )  # fmt: skip
