"""Till receipts of the demo company, drawn instead of photographed."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont
from werkzeug.datastructures import FileStorage

from app.domain.money import Money, format_amount, tax_within

WIDTH, HEIGHT, MARGIN, LINE = 720, 960, 36, 38


def photograph(supplier: str, city: str, day: date, what: str, total: str) -> FileStorage:
    """Return the picture of a receipt on a table, as a phone would send it; no two look alike."""
    chance = Random(f"{supplier}{day}{total}")  # noqa: S311  looks, not secrets
    tables = ("#3b2a20", "#5c6b73", "#9a8c7c", "#22303c", "#7a3b46", "#c9bfae")
    table = Image.new("RGB", (WIDTH, HEIGHT), chance.choice(tables))
    paper = _paper(supplier, city, day, what, total, chance)
    turned = paper.rotate(chance.uniform(-9, 9), expand=True, fillcolor=table.getpixel((0, 0)))
    room = (max(1, WIDTH - turned.width), max(1, HEIGHT - turned.height))
    table.paste(turned, (chance.randrange(room[0]), chance.randrange(room[1])))
    kept = BytesIO()
    table.save(kept, "JPEG", quality=82)
    kept.seek(0)
    return FileStorage(kept, filename=f"receipt {day.isoformat()}.jpg", content_type="image/jpeg")


def _paper(
    supplier: str, city: str, day: date, what: str, total: str, chance: Random
) -> Image.Image:
    width, height = chance.randint(430, 560), chance.randint(560, 820)
    paper = Image.new("RGB", (width, height), chance.choice(("#f6f3ec", "#ffffff", "#ece6d8")))
    pen = ImageDraw.Draw(paper)
    large, small = ImageFont.load_default(34), ImageFont.load_default(23)
    top = chance.randint(20, 120)
    pen.rectangle((0, 0, width, top), chance.choice(("#1e1a1c", "#8a1c4c", "#1c5674", "#1b6742")))
    pen.text((MARGIN, top + 24), supplier, "#1e1a1c", font=large)
    rows = [city, "ABN 00 000 000 000 (example)", f"{day:%d/%m/%Y}", "", what, f"   {total}", "",
            f"TOTAL AUD   {total}", f"incl. GST   {_gst(total)}"]  # fmt: skip
    for place, row in enumerate(rows):
        pen.text((MARGIN, top + 90 + place * LINE), row, "#3a3437", font=small)
    for bar in range(chance.randint(12, 40)):
        pen.line(
            (MARGIN + bar * 9, height - 90, MARGIN + bar * 9, height - 30),
            "#1e1a1c",
            chance.randint(1, 6),
        )
    return paper


def _gst(total: str) -> str:
    return format_amount(tax_within(Money(Decimal(total), "AUD")).amount, "AUD")
