"""Till receipts of the demo company, drawn instead of photographed."""

from datetime import date
from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont
from werkzeug.datastructures import FileStorage

from app.domain.money import Money, format_amount, tax_within

WIDTH, HEIGHT, MARGIN, LINE = 620, 900, 44, 46


def photograph(supplier: str, city: str, day: date, what: str, total: str) -> FileStorage:
    """Return the picture of a receipt, as a phone would send it."""
    paper = Image.new("RGB", (WIDTH, HEIGHT), "#f6f3ec")
    pen = ImageDraw.Draw(paper)
    large, small = ImageFont.load_default(38), ImageFont.load_default(28)
    pen.text((MARGIN, 60), supplier, "#1e1a1c", font=large)
    rows = [city, "ABN 00 000 000 000 (example)", f"{day:%d/%m/%Y}", "", f"{what}   {total}", "",
            f"TOTAL AUD   {total}", f"incl. GST   {_gst(total)}", "", "Thank you"]  # fmt: skip
    for place, row in enumerate(rows):
        pen.text((MARGIN, 140 + place * LINE), row, "#3a3437", font=small)
    pen.line((MARGIN, HEIGHT - 90, WIDTH - MARGIN, HEIGHT - 90), "#b8b0a6", 3)
    kept = BytesIO()
    paper.save(kept, "JPEG", quality=82)
    kept.seek(0)
    return FileStorage(kept, filename=f"receipt {day.isoformat()}.jpg", content_type="image/jpeg")


def _gst(total: str) -> str:
    return format_amount(tax_within(Money(Decimal(total), "AUD")).amount, "AUD")
