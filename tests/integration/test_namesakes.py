import pytest

from app.domain.errors import Refused
from app.domain.names import name_key
from app.models import Person
from app.services import people


@pytest.fixture
def mia(owner_session, person):
    person.name_key = name_key(person.name)
    made = Person(organisation_id=person.organisation_id, name="Mia", name_key="mia")
    owner_session.add(made)
    owner_session.commit()
    return made


def test_nobody_is_renamed_to_somebody_known_without_a_word(owner_session, mia):
    mia.name = "Noemie  LEFEVRE"

    with pytest.raises(Refused, match="Noémie Lefèvre is known already") as refusal:
        people.revise(owner_session, mia)

    assert refusal.value.field == "name"


def test_a_legal_name_tells_two_of_one_name_apart(owner_session, mia):
    mia.name, mia.legal_name = "Noémie Lefèvre", "Noémie Anne Lefèvre"

    people.revise(owner_session, mia)

    assert mia.name_key == name_key("Noémie Lefèvre")
