"""What the database works out for itself must be what the rules say."""

import pytest
from sqlalchemy import create_engine, func, select

from app.domain.currencies import DECIMALS
from app.domain.names import fold, trigrams

TEXTS = [
    "Adès, Thomas",
    "ŁUKASZ Ørsted Đào",
    "Straße Æther Œuvre Þór",
    "STRAẞE",
    "İzmir ısı",
    "ΟΔΟΣ",
    "ﬁ ™ ℌ K",
    "Dvořák",
    "Tāmihana",
    "Ħaż-Żebbuġ",
    "ŋ ŧ Ŋ Ŧ",
    "김선욱",
    "Иванов Ёлкин Й",
    "שָׁלוֹם",
    "",
    "  two  blanks ",
]


@pytest.fixture(scope="module")
def database(ground):
    engine = create_engine(ground.postgres.url("portal_migrator", "portal_template"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_folded_alike(database, text):
    assert database.scalar(select(func.fold(text))) == fold(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_the_same_triples(database, text):
    assert set(database.scalar(select(func.trigrams(fold(text))))) == trigrams(fold(text))


def test_every_currency_has_the_same_decimals(database):
    counted = {code: database.scalar(select(func.currency_decimals(code))) for code in DECIMALS}

    assert counted == DECIMALS
