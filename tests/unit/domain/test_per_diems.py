"""Per diems follow the terms in force and the published schedule, each day with its reason."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.allowances import Meal
from app.domain.countries import country_name, country_of_zone
from app.domain.errors import Invalid, Refused
from app.domain.money import Money
from app.domain.packs.australia import AUSTRALIA
from app.domain.per_diem_rates import (
    Layer,
    Shares,
    check_country,
    check_rate,
    check_shares,
    rate_in_force,
    rates_of,
    shares_in_force,
)
from app.domain.per_diems import (
    Basis,
    PerDiemTerms,
    PlaceRate,
    differences,
    work_out_per_diems,
)
from app.domain.periods import Period
from app.domain.rules_packs import Rule, RuleKind, RulePack
from app.domain.schedules import CallType
from app.domain.tour_days import DayCall, DayKind, TourDay, days_away

ADELAIDE = "Australia/Adelaide"
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def nov(day):
    return date(2026, 11, day)


def call(day, place="Adelaide", kind=CallType.rehearsal, hour=10, zone=ADELAIDE):
    begins = datetime(2026, 11, day, hour, tzinfo=UTC) if hour is not None else None
    return DayCall(nov(day), kind, place, zone, begins)


def travel(day, place=""):
    return call(day, place, CallType.travel)


def off(day, place=""):
    return call(day, place, CallType.day_off, hour=None)


def kinds(*calls, home="Brisbane"):
    return [(d.day.day, d.place, d.kind.value) for d in days_away(calls, home).days]


class TestDaysAway:
    def test_a_day_with_a_call_away_counts_and_one_at_home_does_not(self):
        assert kinds(call(16, "Brisbane"), call(18)) == [(18, "Adelaide", "called")]

    def test_home_is_found_under_any_spelling(self):
        assert kinds(call(16, "Brisbane"), home="brisbane, Queensland") == []

    def test_without_a_home_every_place_is_away(self):
        assert kinds(call(16, "Brisbane"), home="") == [(16, "Brisbane", "called")]

    def test_of_two_places_on_a_day_the_last_away_counts(self):
        calls = (call(16, "Brisbane", hour=1), call(16, "Sydney", hour=9))

        assert kinds(*calls) == [(16, "Sydney", "called")]

    def test_free_days_between_two_calls_in_one_place_count(self):
        assert kinds(call(16), call(18)) == [
            (16, "Adelaide", "called"),
            (17, "Adelaide", "free"),
            (18, "Adelaide", "called"),
        ]

    def test_too_many_free_days_are_asked_about(self):
        found = days_away([call(1), call(9)], "Brisbane")

        assert [day.day.day for day in found.days] == [1, 9]
        period, words = found.unclear[0]
        assert (period, words[:40]) == (
            Period(nov(2), nov(8)),
            "7 days without a call in Adelaide. Publi",
        )

    def test_days_between_two_places_are_asked_about(self):
        found = days_away([call(16, "Sydney"), call(18)], "Brisbane")

        assert [day.day.day for day in found.days] == [16, 18]
        assert found.unclear[0][1].startswith("Nothing is published between Sydney and Adelaide")

    def test_travel_between_two_places_closes_the_gap(self):
        calls = (call(16, "Sydney"), travel(18), call(20))

        assert kinds(*calls) == [
            (16, "Sydney", "called"),
            (17, "Sydney", "free"),
            (18, "Adelaide", "travel_on"),
            (19, "Adelaide", "free"),
            (20, "Adelaide", "called"),
        ]

    def test_travel_from_home_and_home_again_are_days_of_their_own(self):
        calls = (call(14, "Brisbane"), travel(15), call(16), travel(17), call(19, "Brisbane"))

        assert kinds(*calls) == [
            (15, "Adelaide", "travel_out"),
            (16, "Adelaide", "called"),
            (17, "Adelaide", "travel_home"),
        ]

    def test_the_last_journey_of_a_tour_goes_home(self):
        assert kinds(call(16), travel(17))[-1] == (17, "Adelaide", "travel_home")

    def test_travel_to_a_named_place_counts_before_its_calls_are_published(self):
        assert kinds(call(14, "Brisbane"), travel(16, "Perth")) == [(16, "Perth", "travel_out")]

    def test_travel_about_home_counts_for_nothing(self):
        assert kinds(call(14, "Brisbane"), travel(15), call(16, "Brisbane")) == []

    def test_a_day_off_on_tour_counts_where_its_people_are(self):
        assert kinds(call(16), off(17), call(18))[1] == (17, "Adelaide", "day_off")

    def test_a_day_off_that_names_its_place_counts_there(self):
        assert kinds(off(17, "Perth")) == [(17, "Perth", "day_off")]

    def test_a_day_off_at_home_counts_for_nothing(self):
        assert kinds(call(16, "Brisbane"), off(17), off(18, "Brisbane")) == []

    def test_a_first_day_off_without_a_place_counts_for_nothing(self):
        assert kinds(off(15), call(16)) == [(16, "Adelaide", "called")]

    def test_a_call_without_a_place_is_at_home(self):
        assert kinds(call(16, "")) == []

    def test_nobody_called_is_never_away(self):
        assert days_away([], "Brisbane").days == []

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 28),
                st.sampled_from(["Brisbane", "Adelaide", "Perth", ""]),
                st.sampled_from([CallType.rehearsal, CallType.travel, CallType.day_off]),
            )
        )
    )
    def test_a_day_is_never_counted_twice_nor_at_home(self, drawn):
        calls = [call(day, place, kind) for day, place, kind in drawn]

        found = days_away(calls, "Brisbane")

        days = [day.day for day in found.days]
        assert days == sorted(set(days))
        assert all(day.place not in ("Brisbane", "") for day in found.days)
        unclear = {day for period, _ in found.unclear for day in period.days()}
        assert unclear.isdisjoint(days)


def away(day=19, kind=DayKind.called, place="Adelaide"):
    return TourDay(nov(day), place, ADELAIDE, kind)


def terms(rate="96", cap=None, currency="AUD"):
    amount = Money(Decimal(rate), currency) if rate else None
    most = Money(Decimal(cap), currency) if cap else None
    return PerDiemTerms("contract C-2026-0147, version 2", amount, most, term_set_id=7)


def worked(*days, **basis):
    return work_out_per_diems(days or [away()], Basis(**{"terms": lambda _day: terms(), **basis}))


THIRDS = Shares(
    {Meal.breakfast: Decimal("0.2"), Meal.dinner: Decimal("0.5")}, part_day=Decimal("0.5")
)


class TestPerDiems:
    def test_a_whole_day_gives_what_the_contract_says_and_names_it(self):
        line = worked().lines[0]

        assert (line.amount, line.term_set_id) == (Money(Decimal(96), "AUD"), 7)
        assert line.explanation == (
            "Call in Adelaide: 96.00 AUD a day by contract C-2026-0147, version 2."
        )

    def test_provided_meals_are_taken_off_and_named(self):
        meals = {nov(19): {Meal.breakfast, Meal.lunch, Meal.dinner}}

        line = worked(shares=lambda _day: THIRDS, meals=meals).lines[0]

        assert line.amount.amount == Decimal("28.80")
        assert line.explanation.endswith(
            "less 19.20 for breakfast provided, less 48.00 for dinner provided."
        )

    @pytest.mark.parametrize("kind", [DayKind.travel_out, DayKind.travel_home])
    def test_a_day_that_begins_or_ends_at_home_is_a_part_day(self, kind):
        line = worked(away(kind=kind), shares=lambda _day: THIRDS).lines[0]

        assert line.amount.amount == 48
        assert "part day, 50 %: 48.00" in line.explanation

    def test_travel_from_place_to_place_is_a_whole_day(self):
        line = worked(away(kind=DayKind.travel_on), shares=lambda _day: THIRDS).lines[0]

        assert line.amount.amount == 96

    def test_meals_never_take_more_than_there_is(self):
        meals = {nov(19): {Meal.breakfast, Meal.dinner}}

        lines = worked(away(kind=DayKind.travel_out), shares=lambda _day: THIRDS, meals=meals).lines

        assert lines == []

    def test_a_contract_without_a_sum_gives_the_rate_of_the_place(self):
        rate = PlaceRate(Money(Decimal(95), "AUD"), "the company's rate for Adelaide, Australia")

        line = worked(terms=lambda _day: terms(rate=None), rate=lambda _day: rate).lines[0]

        assert line.amount.amount == 95
        assert "by the company's rate for Adelaide, Australia" in line.explanation

    @pytest.mark.parametrize(("cap", "pays"), [("90", 90), ("95", 95), ("200", 95)])
    def test_the_contracts_cap_limits_the_rate_of_the_place(self, cap, pays):
        rate = PlaceRate(Money(Decimal(95), "AUD"), "the rate")

        made = worked(terms=lambda _day: terms(rate=None, cap=cap), rate=lambda _day: rate)

        assert made.lines[0].amount.amount == pays

    def test_a_cap_in_another_currency_limits_nothing(self):
        rate = PlaceRate(Money(Decimal(95), "AUD"), "the rate")
        other = terms(rate=None, cap="10", currency="EUR")

        assert worked(terms=lambda _day: other, rate=lambda _day: rate).lines[0].amount.amount == 95

    def test_a_place_without_a_rate_is_asked_about(self):
        made = worked(terms=lambda _day: terms(rate=None))

        assert made.lines == []
        assert made.notes[0][1] == "No rate is set for Adelaide. Set one, then work out again."

    def test_a_day_that_another_engagement_pays_is_not_paid_twice(self):
        made = worked(taken={nov(19): "ENG-0148"})

        assert made.lines == []
        assert made.notes[0][1] == "ENG-0148 pays this day already."

    def test_the_terms_of_each_day_hold_on_it(self):
        by_day = {nov(19): terms("96"), nov(20): terms("110")}

        made = worked(away(19), away(20), away(21), terms=by_day.get)

        assert [line.amount.amount for line in made.lines] == [96, 110]
        assert made.totals == {"AUD": Money(Decimal(206), "AUD")}

    def test_no_rate_no_line(self):
        assert worked(terms=lambda _day: terms("0")).lines == []

    @given(
        st.decimals(0, 9999, places=2),
        st.sampled_from(["AUD", "JPY", "KWD"]),
        st.sets(st.sampled_from(Meal)),
        st.sampled_from(list(DayKind)),
        st.decimals(0, 1, places=2),
    )
    def test_a_day_is_never_below_nothing_nor_above_its_rate(
        self, rate, currency, meals, kind, part
    ):
        full = Money(Decimal(int(rate)) if currency == "JPY" else rate, currency)
        shares = Shares({meal: Decimal(1) / 3 for meal in Meal}, part)
        paper = PerDiemTerms("contract", full)

        made = worked(
            away(kind=kind), terms=lambda _day: paper, shares=lambda _day: shares,
            meals={nov(19): meals},
        )  # fmt: skip

        assert all(Decimal(0) < line.amount.amount <= full.amount for line in made.lines)


class TestDifferences:
    def test_what_is_new_is_added_whole(self):
        change = differences({}, worked().lines, NOVEMBER)[0]

        assert (change.amount.amount, change.worth.amount, change.was.amount) == (96, 96, 0)

    def test_what_is_as_it_was_makes_none(self):
        assert differences({nov(19): {"AUD": Decimal(96)}}, worked().lines, NOVEMBER) == []

    def test_a_changed_day_is_corrected_by_the_difference(self):
        change = differences({nov(19): {"AUD": Decimal(110)}}, worked().lines, NOVEMBER)[0]

        assert change.amount.amount == -14
        assert change.explanation.startswith("Was 110.00 AUD. Call in Adelaide: 96.00 AUD a day")

    def test_a_day_that_fell_away_is_taken_back(self):
        change = differences({nov(19): {"AUD": Decimal(96)}}, [], NOVEMBER)[0]

        assert (change.amount.amount, change.worth.amount) == (-96, 0)
        assert change.explanation == "Was 96.00 AUD. No day away any more."

    def test_another_currency_is_taken_back_in_the_old_and_given_in_the_new(self):
        changes = differences({nov(19): {"EUR": Decimal(60)}}, worked().lines, NOVEMBER)

        assert [str(change.amount) for change in changes] == ["96.00 AUD", "-60.00 EUR"]

    def test_days_outside_the_run_are_left_as_they_are(self):
        assert differences({date(2026, 12, 1): {"AUD": Decimal(96)}}, [], NOVEMBER) == []


def own(*rules, valid_from=date(2026, 1, 1), number=1):
    made = tuple(Rule(kind, params, "Board, 2026") for kind, params in rules)
    return RulePack("AU", "per diems", number, valid_from, made)


def rate(city, amount, country=""):
    return RuleKind.per_diem, {
        "city": city, "country": country, "amount": amount, "currency": "AUD",
    }  # fmt: skip


EXAMPLES = Layer([AUSTRALIA], is_own=False)


def in_force(*packs, city="Adelaide", country="AU", on=date(2026, 11, 19)):
    found = rate_in_force([Layer(packs, is_own=True), EXAMPLES], city, country, on)
    return None if found is None else (found.amount.amount, found.is_own)


class TestRates:
    def test_examples_hold_until_the_company_sets_its_own(self):
        assert in_force() == (95, False)
        assert in_force(own(rate("adelaide", "99"))) == (99, True)

    def test_the_most_exact_place_wins_then_the_latest_day(self):
        pack = own(rate("", "70"), rate("", "80", "AU"), rate("Adelaide", "99", "AU"))
        later = own(rate("Adelaide", "101", "AU"), valid_from=nov(1), number=2)

        assert in_force(pack, later) == (101, True)
        assert in_force(pack, later, on=date(2026, 10, 31)) == (99, True)
        assert in_force(pack, city="Dubbo") == (80, True)
        assert in_force(pack, city="Wellington", country="NZ") == (70, True)

    def test_a_place_abroad_has_no_example(self):
        assert in_force(city="Wellington", country="NZ") is None

    def test_nothing_holds_before_its_day(self):
        assert in_force(on=date(2025, 12, 31)) is None

    def test_rates_say_where_they_hold(self):
        places = {each.where for each in rates_of(EXAMPLES)}

        assert {"Adelaide, Australia", "Australia"} <= places
        anywhere = rates_of(Layer([own(rate("", "70"))], is_own=True))
        assert anywhere[0].where == "Everywhere else"

    def test_shares_are_laid_over_by_day(self):
        mine = own(
            (RuleKind.meal_share, {"breakfast": "0.1"}), (RuleKind.part_day, {"share": "0.75"})
        )
        layers = [Layer([mine], is_own=True), EXAMPLES]

        shares = shares_in_force(layers, nov(19))

        assert (shares.meals[Meal.breakfast], shares.meals[Meal.dinner]) == (
            Decimal("0.1"),
            Decimal("0.50"),
        )
        assert shares.part_day == Decimal("0.75")
        assert shares_in_force(layers, date(2025, 1, 1)) == Shares({}, Decimal(1))

    def test_a_rate_is_kept_with_the_decimals_of_its_currency(self):
        assert check_rate(" Adelaide ", "AU", Decimal("95.5"), "AUD") == {
            "city": "Adelaide", "country": "AU", "amount": "95.50", "currency": "AUD",
        }  # fmt: skip
        with pytest.raises(Refused, match="JPY has no decimals"):
            check_rate("Tokyo", "JP", Decimal("95.5"), "JPY")

    @pytest.mark.parametrize(
        ("breakfast", "dinner", "part", "field"),
        [(-1, 0, 50, "breakfast"), (60, 60, 50, "dinner"), (20, 50, 101, "part_day")],
    )
    def test_shares_that_cannot_be_are_refused_beside_their_field(
        self, breakfast, dinner, part, field
    ):
        percents = {Meal.breakfast: Decimal(breakfast), Meal.dinner: Decimal(dinner)}

        with pytest.raises(Invalid) as refusal:
            check_shares(percents, Decimal(part))

        assert set(refusal.value.errors) == {field}

    def test_shares_are_kept_as_parts(self):
        kept = check_shares({Meal.breakfast: Decimal(20)}, Decimal(75))

        assert kept == {
            RuleKind.meal_share: {"breakfast": "0.2"}, RuleKind.part_day: {"share": "0.75"},
        }  # fmt: skip

    def test_a_country_is_known_by_name_or_code(self):
        assert [check_country(typed) for typed in ("australia", "au", " ")] == ["AU", "AU", ""]
        with pytest.raises(Refused, match="is no country we know"):
            check_country("Atlantis")

    def test_the_zone_of_a_place_names_its_country(self):
        assert country_of_zone(ADELAIDE) == "AU"
        assert country_of_zone("Etc/GMT-10") == ""
        assert (country_name("NZ"), country_name("XX")) == ("New Zealand", "")
