"""Receipts that were never photographed: a drawn one, and PDFs of every kind that should not come."""

import zlib
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
from PIL import Image, ImageDraw


def receipt(seed: int = 1) -> Image.Image:
    """Return a picture with the bars and lines of a till receipt."""
    made = Image.new("RGB", (600, 800), "white")
    pen = ImageDraw.Draw(made)
    pen.text((30, 20), f"TORRENS CABS {seed}", "black")
    for row in range(14):
        pen.rectangle(
            (30, 60 + row * 50, 90 + (row * row * 37 * seed) % 450, 90 + row * 50), "navy"
        )
    return made


def all_of() -> list[bytes]:
    """Return good papers and bad ones."""
    return [
        *(pdf(pages) for pages in (1, 3, 12)),
        scanned(),
        *(pdf(1, act) for act in (_runs, _launches, _carries, _acts_on_a_page, _links)),
        locked(),
    ]


def pdf(pages: int, act: Any = None, **save: Any) -> bytes:
    """Return a PDF of so many pages to which ``act`` did something."""
    with pikepdf.new() as made:
        font = made.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name("/Font"),
                Subtype=pikepdf.Name("/Type1"),
                BaseFont=pikepdf.Name("/Helvetica"),
            )
        )
        for number in range(pages):
            page = made.add_blank_page(page_size=(300, 400)).obj
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            words = f"BT /F1 24 Tf 40 300 Td (Taxi {number + 1}: 42.10) Tj ET"
            page.Contents = made.make_stream(words.encode())
        if act is not None:
            act(made)
        out = BytesIO()
        made.save(out, **save)
    return out.getvalue()


def scanned() -> bytes:
    """Return a page with a photo that tells where it was taken."""
    place = Image.Exif()
    place.get_ifd(0x8825)[1] = "S"
    place.get_ifd(0x8825)[2] = (34.0, 55.0, 42.0)
    photo = BytesIO()
    receipt(2).save(photo, "JPEG", exif=place)

    def show(made: pikepdf.Pdf) -> None:
        picture = made.make_stream(photo.getvalue())
        picture.Type, picture.Subtype = pikepdf.Name("/XObject"), pikepdf.Name("/Image")
        picture.Width, picture.Height, picture.BitsPerComponent = 600, 800, 8
        picture.ColorSpace = pikepdf.Name("/DeviceRGB")
        picture.Filter = pikepdf.Name("/DCTDecode")
        page = made.pages[0].obj
        page.Resources.XObject = pikepdf.Dictionary(Im1=picture)
        page.Contents = made.make_stream(b"q 300 0 0 400 0 0 cm /Im1 Do Q")

    return pdf(1, show)


def locked() -> bytes:
    """Return a PDF that wants a password."""
    return pdf(1, encryption=pikepdf.Encryption(owner="o", user="u"))


@cache
def flate_bomb() -> bytes:
    """Return a PDF whose page unfolds to 300 megabytes."""

    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b"0 0 m 9 9 l S\n" * 70_000) for _ in range(300))

    def unfold(made: pikepdf.Pdf) -> None:
        packed = made.make_stream(body + packer.flush())
        packed.Filter = pikepdf.Name("/FlateDecode")
        made.pages[0].obj.Contents = packed

    return pdf(1, unfold)


def _script() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS=pikepdf.String("app.alert(1)"))


def _runs(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = _script()
    made.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), _script()]))
    )


def _launches(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(
        S=pikepdf.Name("/Launch"), F=pikepdf.String("cmd.exe")
    )


def _carries(made: pikepdf.Pdf) -> None:
    made.attachments["evil.exe"] = pikepdf.AttachedFileSpec(made, b"MZ", filename="evil.exe")


def _acts_on_a_page(made: pikepdf.Pdf) -> None:
    made.pages[0].obj.AA = pikepdf.Dictionary(O=_script())


def _links(made: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(
        Type=pikepdf.Name("/Annot"), Subtype=pikepdf.Name("/Link"),
        Rect=pikepdf.Array([0, 0, 99, 99]),
        A=pikepdf.Dictionary(S=pikepdf.Name("/URI"), URI=pikepdf.String("http://example.com")),
    )  # fmt: skip
    made.pages[0].obj.Annots = pikepdf.Array([made.make_indirect(link)])
