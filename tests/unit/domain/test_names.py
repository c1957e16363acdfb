import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import ALPHABET
from app.domain.errors import Refused
from app.domain.names import likeness
from app.domain.people import (
    fold,
    name_key,
    name_keys,
    normalise_email,
    normalise_mobile,
    parse_name,
    trigrams,
)


class TestFold:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("Adès", "ades"),
            ("ŁUKASZ Ørsted Đào", "lukasz orsted dao"),
            ("Straße Æther Œuvre Þór", "strasse aether oeuvre thor"),
            ("Tāmihana", "tamihana"),
            ("İzmir ısı", "izmir isi"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ﬁ ™", "fi tm"),
            ("Dvořák", "dvorak"),
            ("STRAẞE", "strasse"),
        ],
    )
    def test_finds_names_without_their_marks(self, text, folded):
        assert fold(text) == folded

    @given(st.text())
    def test_is_done_once(self, text):
        assert fold(fold(text)) == fold(text)


class TestTrigrams:
    def test_are_those_of_the_whole_text_with_blanks_around(self):
        assert trigrams("ana") == {"  a", " an", "ana", "na "}

    def test_of_nothing_are_blanks(self):
        assert trigrams("") == {"   "}

    @given(st.text(), st.text())
    def test_say_how_alike_two_are(self, one, other):
        assert likeness(one, one) == 1
        assert likeness(one, other) == likeness(other, one) <= 1


class TestNameKey:
    @pytest.mark.parametrize(
        "written",
        ["Bell, Joshua", "BELL, JOSHUA", "Joshua Bell", " Bell ,  Joshua ", "bell, joshua"],
    )
    def test_is_one_for_all_ways_to_write_a_name(self, written):
        assert name_key(written) == "joshua bell"

    def test_reads_both_spellings(self):
        assert name_keys("Deneve [Denève], Stephane [Stéphane]") == ("stephane deneve",)
        assert name_keys("Tchaikovsky [Chaikovskii], Pyotr") == (
            "pyotr chaikovskii",
            "pyotr tchaikovsky",
        )

    def test_does_not_care_for_the_apostrophe(self):
        assert name_key("Bridges, J'Nai") == name_key("Bridges, J’Nai") == "jnai bridges"


class TestParseName:
    @pytest.mark.parametrize(
        ("text", "name", "sort_name", "is_ensemble"),
        [
            ("Ades [Adès], Thomas", "Thomas Adès", "Adès, Thomas", False),
            ("Brown, Vinroy, Jr.", "Vinroy Brown, Jr.", "Brown, Vinroy, Jr.", False),
            ("Druckman, Daniel ", "Daniel Druckman", "Druckman, Daniel", False),
            (
                "Colorado Symphony Chorus",
                "Colorado Symphony Chorus",
                "Colorado Symphony Chorus",
                True,
            ),
        ],
    )
    def test_takes_a_name_apart(self, text, name, sort_name, is_ensemble):
        parsed = parse_name(text)

        assert (parsed.name, parsed.sort_name, parsed.is_ensemble) == (name, sort_name, is_ensemble)

    @pytest.mark.parametrize("text", ["", "  ", ",", "..."])
    def test_refuses_no_name(self, text):
        with pytest.raises(Refused):
            parse_name(text)


class TestEmail:
    def test_is_compared_in_small_letters(self):
        assert normalise_email(" Mia.DUVAL@Example.ORG ") == "mia.duval@example.org"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "mia",
            "mia@",
            "@example.org",
            "a@b@c.org",
            "mia@example",
            "a b@example.org",
            "a..b@example.org",
            "Mia <mia@example.org>",
            "x@example..org",
            "a@-b.org",
        ],
    )
    def test_is_refused_beside_its_field(self, text):
        with pytest.raises(Refused) as refusal:
            normalise_email(text, "agent")

        assert refusal.value.field == "agent"


class TestMobile:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0409282371", "+61409282371"),
            ("+61 438393454", "+61438393454"),
            ("+44 20 7946 0958", "+442079460958"),
        ],
    )
    def test_is_kept_in_e164(self, text, number):
        assert normalise_mobile(text) == number

    @pytest.mark.parametrize("text", ["", "abc", "12", "+61 4382"])
    def test_is_refused_when_nobody_can_be_reached_there(self, text):
        with pytest.raises(Refused) as refusal:
            normalise_mobile(text)

        assert refusal.value.field == "mobile"


def test_codes_have_no_letters_that_look_alike():
    assert not set("01OI") & set(ALPHABET)
