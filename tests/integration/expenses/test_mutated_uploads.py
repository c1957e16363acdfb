"""A slice of ``make fuzz-uploads``: bent receipts are kept so that they can be seen, or refused in words."""

import pytest

from tests.bench.mutants import Mutants
from tests.bench.upload_trial import Verdict, send

pytestmark = pytest.mark.usefixtures("engaged")


@pytest.fixture(scope="module")
def mutants():
    return Mutants(seed=7)


def test_no_bent_receipt_breaks_the_server_acts_or_is_kept_unseen(phone, mutants):
    verdict = Verdict()

    for number in range(1, 45):
        send(phone, mutants.make(number), verdict)

    accepted = sum(count for (_, end), count in verdict.outcomes.items() if end == "accepted")
    refused = sum(count for (_, end), count in verdict.outcomes.items() if end == "refused")
    assert (verdict.server_errors, verdict.unspoken, verdict.not_kept) == ([], [], [])
    assert (verdict.not_viewable, verdict.active) == ([], [])
    assert accepted > 8
    assert refused > 8


def test_whole_receipts_are_taken_whatever_they_are_called(phone, mutants):
    verdict = Verdict()
    numbers = [number for number in range(1, 400) if mutants.make(number).how == "untouched"]

    for number in numbers[:8]:
        send(phone, mutants.make(number), verdict)

    assert verdict.faults == 0
    assert verdict.outcomes["untouched", "accepted"] >= 6
