"""Who of a list is called: each rule of A+2 at its edge, draws, cohorts and phases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dialer import concession
from dialer.errors import RecipeError
from dialer.lists.kinds import kinds, load_kind
from dialer.selection.choice import NOT_DRAWN, REACHED, Choice, Terms
from dialer.selection.cleanup import OVER, UNDER
from dialer.selection.draw import is_drawn, lot
from dialer.selection.recipe import Recipe, read_recipe, recipe_of, recipes
from dialer.selection.rules import is_same_place
from tests.dialer_facts import NOW, at

CLAIM = {
    "refused": False,
    "paid_amount": "800.00",
    "reporter_role": "被保险人",
    "insurance_class": "车险",
    "adjuster": "D101",
    "place": "深圳市南山区长江西路",
    "underwritten_at": "武汉市",
}
LAPSED = {
    "suspended_on": "2025-05-30",
    "payment": "期交",
    "pay_years": 10,
    "status": "失效",
    "notified": False,
}
PROOF = {"exclusion_evidence": "录音 7", "exclusion_approval": "局字12号"}


def named(name: str) -> Recipe:
    return recipe_of("any", {}, name)


def choice(recipe: Recipe, seed: str = "s", reached: frozenset[int] = frozenset()) -> Choice:
    return Choice(Terms(load_kind("new_policy"), recipe, seed, "new-contract", NOW, reached))


def rule(recipe: str, facts: dict[str, Any], **changes: Any) -> str:
    """The rule by which a contact is left out; empty for who is called."""
    found = choice(named(recipe)).left_out(1, "P1", facts | changes)
    return found.rule if found else ""


def test_s002_60_a_refused_claim_is_not_called() -> None:
    assert rule("claims_settled", CLAIM) == ""
    assert rule("claims_settled", CLAIM, refused=True) == "claim_refused"


@pytest.mark.parametrize(
    ("paid", "left_out"), [("0.00", "nothing_paid"), ("0", "nothing_paid"), ("0.01", "")]
)
def test_s002_61_a_claim_without_a_payment_is_not_called(paid: str, left_out: str) -> None:
    assert rule("claims_settled", CLAIM, paid_amount=paid) == left_out


@pytest.mark.parametrize("recipe", ["loss_adjuster", "remote_claim"])
@pytest.mark.parametrize(
    ("role", "left_out"),
    [(role, "reported_by_others") for role in ("代理人", "业务员", "修理厂")]
    + [("被保险人", ""), ("驾驶员", ""), ("其他", ""), (None, "")],
)
def test_s002_63_and_66_what_agents_salesmen_and_repair_shops_reported_is_not_called(
    recipe: str, role: str | None, left_out: str
) -> None:
    assert rule(recipe, CLAIM, reporter_role=role) == left_out


@pytest.mark.parametrize(
    ("place", "left_out"),
    [
        ("武汉市", "accident_at_home"), ("湖北省武汉市江岸区中山路", "accident_at_home"),
        ("武汉", "accident_at_home"),
        ("深圳市南山区", ""), ("湖北省宜昌市", ""), (None, ""),
    ],
)  # fmt: skip
def test_s002_65_an_accident_where_the_policy_was_underwritten_is_not_remote(
    place: str | None, left_out: str
) -> None:
    assert rule("remote_claim", CLAIM, place=place) == left_out


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("420106", "420102", True), ("420106", "420500", False),
        ("新疆维吾尔自治区乌鲁木齐市", "乌鲁木齐市", True),
        ("北京市朝阳区", "北京市海淀区", True),
        ("延边朝鲜族自治州延吉市", "延边朝鲜族自治州", True), ("", "", False),
    ],
)  # fmt: skip
def test_s002_65_places_are_compared_by_city(one: str, other: str, same: bool) -> None:
    assert is_same_place(one, other) is same


def test_s002_64_every_remote_case_is_called_and_only_of_motor() -> None:
    assert named("remote_claim").rate is None
    assert named("remote_claim").quota is None
    assert rule("remote_claim", CLAIM, insurance_class="货运险") == "not_motor"


@pytest.mark.parametrize(("over", "left_out"), [(False, "term_not_over_a_year"), (True, ""), (None, "")])
def test_s002_03_the_term_is_strictly_over_one_year(over: bool | None, left_out: str) -> None:
    assert rule("new_policy", {"term_over_year": over}) == left_out


def test_s002_03_the_policyholder_is_a_person() -> None:
    assert rule("new_policy", {}) == ""
    assert rule("new_policy", {"individual": False}) == "not_an_individual"


def test_s002_93_who_sold_the_policy_to_themselves_is_called() -> None:
    assert rule("new_policy", {"holder": "王明", "seller": "王明", "term_over_year": True}) == ""


def test_s002_69_the_same_seed_draws_the_same_and_another_one_others() -> None:
    keys = [f"P{n}" for n in range(2000)]
    drawn = [key for key in keys if is_drawn("s", key, Decimal("0.1"))]
    assert drawn == [key for key in keys if is_drawn("s", key, Decimal("0.1"))]
    assert drawn != [key for key in keys if is_drawn("t", key, Decimal("0.1"))]
    assert 150 < len(drawn) < 250
    assert lot("s", "P1") == 6768837954566318256


def test_s002_69_another_row_changes_nobody_elses_lot() -> None:
    recipe = named("major_illness")
    before, after = choice(recipe), choice(recipe)
    after.left_out(999, "P-new", {"settled": True})
    for n in range(200):
        first = before.left_out(n, f"P{n}", {"settled": True})
        assert first == after.left_out(n, f"P{n}", {"settled": True})
        assert first is None or first.rule == NOT_DRAWN


def test_s002_69_the_draw_is_recorded_with_seed_rate_and_digest_of_its_population() -> None:
    def drawn(keys: range, seed: str = "s") -> Any:
        one = choice(named("major_illness"), seed)
        for n in keys:
            one.left_out(n, f"P{n}", {"settled": n % 2 == 0})
        return one.record(7)

    kept = drawn(range(100))
    assert (kept.seed, kept.rate, kept.method) == ("s", "0.1", "sha256")
    assert (kept.contacts, kept.population) == (100, 50)
    assert drawn(range(100)) == kept
    assert drawn(range(102)).population_digest != kept.population_digest
    assert drawn(range(100), "t").population_digest == kept.population_digest
    assert drawn(range(100), "t").chosen_digest != kept.chosen_digest


def test_s002_69_only_settled_cases_are_drawn_from() -> None:
    assert rule("major_illness", {"settled": False}) == "not_settled"


def test_s002_62_each_adjuster_and_month_has_an_order_by_lot() -> None:
    one = choice(named("loss_adjuster"))
    draw = one.draw(3, "C3", CLAIM)
    assert draw is not None
    assert (draw.subject, draw.month, draw.wanted, draw.position) == ("D101", "2026-11", 2, lot("s", "C3"))
    assert rule("loss_adjuster", CLAIM, adjuster=None) == "quota_unknown"


def test_who_was_reached_with_the_same_script_is_not_called_again() -> None:
    found = choice(named("new_policy"), reached=frozenset({1})).left_out(1, "P1", {})
    assert found is not None
    assert found.rule == REACHED


@pytest.mark.parametrize(
    ("day", "cohort"),
    [("2026-06-30", UNDER), ("2026-07-01", ""), ("2024-07-01", UNDER), ("2024-06-30", OVER), (None, UNDER)],
)
def test_s000_03_and_17_status_and_cohort_are_those_of_the_end_of_june(day: str | None, cohort: str) -> None:
    cleanup = named("lapse_cleanup").cleanup
    assert cleanup is not None
    assert cleanup.cohort({"suspended_on": day}) == cohort
    assert rule("lapse_cleanup", LAPSED, suspended_on=day) == ("" if cohort else "not_lapsed_then")


def test_s000_03_a_leap_day_is_two_years_over_at_the_end_of_february() -> None:
    assert concession.last_day(date(2024, 2, 29)) == date(2026, 2, 28)
    assert concession.last_day(date(2022, 2, 28)) == date(2024, 2, 28)


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({}, ""),
        ({"payment": "趸交", "pay_years": None}, "paid_at_once"), ({"pay_years": 1}, "paid_for_a_year"),
        ({"pay_years": 2}, ""), ({"reinstated_on": "2026-06-30"}, "reinstated_before"),
        ({"reinstated_on": "2026-07-01"}, ""),
    ],
)  # fmt: skip
def test_s000_03_premiums_are_paid_for_more_than_a_year(changes: dict[str, Any], left_out: str) -> None:
    assert rule("lapse_cleanup", LAPSED, **changes) == left_out


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"notified": True}, "already_notified"), ({"status": "已复效"}, "reinstated"),
        ({"status": "已退保"}, "surrendered"), ({"status": "协商中"}, "negotiating"),
    ],
)  # fmt: skip
def test_s000_25_out_only_with_evidence_and_approval(changes: dict[str, Any], reason: str) -> None:
    one = choice(named("lapse_cleanup"))
    assert one.left_out(1, "P1", LAPSED | changes) is None
    assert one.left_out(2, "P2", LAPSED | changes | {"exclusion_evidence": "录音 7"}) is None
    assert one.unproven == 2
    found = one.left_out(3, "P3", LAPSED | changes | PROOF)
    assert found is not None
    assert (found.rule, found.evidence, found.approval) == (reason, "录音 7", "局字12号")


def test_s000_12_there_are_five_phases_with_hard_dates() -> None:
    cleanup = named("lapse_cleanup").cleanup
    assert cleanup is not None
    assert len(cleanup.phases) == 5
    assert cleanup.term(UNDER, {}) == (at("2026-08-29T00:00"), at("2026-12-16T00:00"))
    assert cleanup.term(OVER, {}) == (at("2026-08-29T00:00"), at("2027-07-01T00:00"))
    days = ("2026-08-15", "2026-08-16", "2026-12-15", "2026-12-16", "2027-12-31")
    phases = [cleanup.now(date.fromisoformat(day)) for day in days]
    assert [phase and phase.name for phase in phases] == ["launch", "survey", "first", "second", "lasting"]
    assert cleanup.now(date(2028, 1, 1)) is None


@pytest.mark.parametrize(("listed", "ends"), [("2026-10-01", "2026-10-02"), ("2026-12-16", "2026-12-16")])
def test_s000_18_a_list_brings_its_phase_forward_and_never_puts_it_off(listed: str, ends: str) -> None:
    cleanup = named("lapse_cleanup").cleanup
    assert cleanup is not None
    assert cleanup.term(UNDER, {"phase_end": listed})[1] == at(f"{ends}T00:00")


@pytest.mark.parametrize("name", kinds())
def test_s001_24_every_kind_reaches_as_many_as_it_must(name: str) -> None:
    kind = load_kind(name)
    assert recipe_of(name, kind.selection).coverage == kind.coverage


@pytest.mark.parametrize("name", recipes())
def test_every_rule_of_a_recipe_names_its_basis(name: str) -> None:
    assert all(rule.basis for rule in named(name).rules)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"leave": []}, "leave: is unknown"),
        ({"leave_out": [{"rule": "x", "basis": []}]}, "when: is missing"),
        ({"leave_out": [{"rule": "x", "basis": [], "when": {}}]}, "names no fact"),
        (
            {"leave_out": [{"rule": "x", "basis": [], "when": {"a": {"over": 1}}}]},
            "when.a.over: choose one of",
        ),
        ({"leave_out": [{"rule": "x", "basis": [], "when": {"a": 1.5}}]}, "when.a: give a text"),
        (
            {"leave_out": [{"rule": "x", "basis": [], "when": {"a": 1}, "evidence": "b"}]},
            "give both evidence",
        ),
        ({"sample": {"rate": 10}}, "write a share of all"),
        ({"sample": {"rate": "0%"}}, "write a share of all"),
        ({"quota": {"name": "a", "by": "b", "successes": 0}}, "from one on"),
        ({"cleanup": {"phases": [], "at": NOW, "lapsed_on": "x", "calls_from": NOW}}, "must have the cohort"),
    ],
)
def test_a_broken_recipe_says_what_is_wrong_with_it(table: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        read_recipe("mine", table)


def test_a_recipe_that_is_not_there_is_named() -> None:
    with pytest.raises(RecipeError, match='recipe "poem" is unknown; choose one of: claims_settled'):
        named("poem")


def test_a_kind_may_say_more_than_the_recipe_it_names() -> None:
    recipe = recipe_of("mine", {"recipe": "major_illness", "sample": {"rate": "2.5%"}})
    assert (recipe.name, recipe.rate, [rule.name for rule in recipe.rules]) == (
        "major_illness", Decimal("0.025"), ["not_settled"],
    )  # fmt: skip
    assert recipe.digest != named("major_illness").digest


@pytest.mark.parametrize(("applied", "allowed"), [("2026-02-28", True), ("2026-03-01", False)])
def test_s000_23_concessions_end_two_years_after_the_lapse_by_the_day_of_the_application(
    applied: str, allowed: bool
) -> None:
    assert (date.fromisoformat(applied) <= concession.last_day(date(2024, 2, 28))) is allowed


def test_s000_23_a_call_after_the_second_year_promises_no_concession() -> None:
    contact = {"reinstate_by": "2026-11-23", "concession": "免体检、免息"}
    last, after = date(2026, 11, 23), date(2026, 11, 24)
    assert concession.facts_on(contact, last) == {"lapsed_two_years": False, "concession_allowed": True}
    assert concession.facts_on(contact, after) == {"lapsed_two_years": True, "concession_allowed": False}
    unoffered = concession.facts_on({"reinstate_by": "2028-10-01"}, after)
    assert unoffered == {"lapsed_two_years": False, "concession_allowed": False}
    assert concession.facts_on({}, after) == {}
