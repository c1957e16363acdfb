import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.documents import DocumentKind, check_upload, kind_of_bytes, name_as, safe_name
from app.domain.errors import Refused

PDF = b"%PDF-1.7"


class TestUpload:
    @pytest.mark.parametrize(
        ("head", "media_type"),
        [
            (PDF, "application/pdf"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"\0\0\0\x18ftypheic", "image/heic"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"MZ", None),
            (b"", None),
        ],
    )
    def test_is_known_by_its_first_bytes(self, head, media_type):
        assert kind_of_bytes(head) == media_type

    @pytest.mark.parametrize(
        ("head", "size", "sentence"),
        [
            (PDF, 0, "The file is empty. Take the photo again, or choose another file."),
            (
                PDF,
                26 * 1024 * 1024,
                "The file has 26 MB; 25 MB is the most. Send a smaller photo or fewer pages.",
            ),
            (
                b"<html>",
                10,
                "We cannot read this file. Send one of these: HEIC, JPEG, PDF, PNG, WebP.",
            ),
            (
                b"PK\x03\x04",
                10,
                "We cannot read this file. Send one of these: HEIC, JPEG, PDF, PNG, WebP.",
            ),
        ],
    )
    def test_is_refused_with_the_reason(self, head, size, sentence):
        with pytest.raises(Refused) as refusal:
            check_upload(DocumentKind.receipt, head, size)

        assert str(refusal.value) == sentence

    def test_that_fits_comes_in(self):
        assert check_upload(DocumentKind.passport, PDF, 10) == "application/pdf"


class TestSafeName:
    @pytest.mark.parametrize(
        ("name", "safe"),
        [
            ('C-2026-0147: "Giselle"?.pdf', "C-2026-0147- -Giselle--.pdf"),
            ("Dvořák.pdf", "Dvořák.pdf"),
            (" . ", "file"),
            ("con.txt", "con-.txt"),
            ("../../etc/passwd", "-.-etc-passwd"),
            ("~$secret.docx", "secret.docx"),
            ("a_vti_b.pdf", "a-b.pdf"),
            ("", "file"),
            ("plain", "plain"),
            ("lpt1", "lpt1-"),
        ],
    )
    def test_is_what_sharepoint_takes(self, name, safe):
        assert safe_name(name) == safe

    @given(st.text())
    def test_never_holds_what_it_must_not(self, name):
        safe = safe_name(name)

        assert 0 < len(safe) <= 120
        assert not set('"*:<>?/\\|\0\n') & set(safe)

    def test_keeps_its_ending_when_it_is_long(self):
        assert safe_name("a" * 300 + ".pdf") == "a" * 116 + ".pdf"


class TestNameAs:
    @pytest.mark.parametrize(
        ("media_type", "name", "kept"),
        [
            ("image/jpeg", "taxi.JPG", "taxi.JPG"),
            ("image/jpeg", "receipt.html", "receipt.html.jpg"),
            ("image/heic", "IMG_1.heif", "IMG_1.heif"),
            ("application/pdf", "", "photo.pdf"),
            ("text/x-other", "a.html", "a.html"),
        ],
    )
    def test_ends_as_what_the_file_is(self, media_type, name, kept):
        assert name_as(media_type, name, "photo") == kept

    def test_keeps_the_ending_of_a_long_name(self):
        assert name_as("image/png", "a" * 300) == "a" * 116 + ".png"
