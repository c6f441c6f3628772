"""A complete row of every kind of list says everything that its script must be able to say."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from dialer.call_facts import call_facts
from dialer.lists.check import Check, Checked
from dialer.lists.examine import Terms
from dialer.lists.invent import invent, planted
from dialer.lists.kinds import Kind, kinds, load_kind
from dialer.lists.products import load_products
from dialer.lists.source import open_source
from scripts import sample
from scripts.engine import missing
from scripts.load import library
from tests.dialer_facts import LIFE, NOW

DATA = Path(__file__).parent / "data"
COMPANY = {"company": "平安岁月人寿", "hotline": "95500", "staff_name": "小安", "staff_no": "1001"}
PRODUCTS = load_products()
OF_THE_CALL = {"direction", "age", "seller_surname", "cooling_over", "other_surveyor", "ticket_open"}
"""Facts that the moment decides, or that every value of is met."""
NEVER = {
    ("new_policy", "payment", "其他"),  # the column knows two answers
    ("renewal_due", "reminder", "其他"),
    ("remote_claim", "remote", False),  # no such claim is on a list of remote ones
    ("loss_adjuster", "remote", False),
}
UNSAID = {"queue_ahead", "queue_wait", "caller_number", "unit", "post", "cooling_extended_to"}
"""What the call itself brings, what is for organisations, and what only a late callback says."""

Cells = dict[str, str]

FURTHER: dict[str, tuple[Cells, ...]] = {
    "new_policy": (
        {"insured": "王晨", "insured_born_on": "2019-05-05"},
        {"pay_years": "20年", "certificate_number": "110105196402055304", "born_on": ""},
        {"channel": "银行代理", "bank": ""},
    ),
    "lapsed": ({"suspended_on": "2023-05-05", "reinstate_by": ""}, {"concession": ""}),
    "lapse_cleanup": ({"suspended_on": "2023-05-05", "reinstate_by": ""}, {"concession": ""}),
    "pos": ({"change_item": "变更手机号码", "money_paid_out": "", "number_changed": "", "account_tail": ""},),
    "renewal_due": ({"reminder": "", "due_on": ""}, {"reminder": "", "expires_on": ""}),
    "complaint_progress": ({"result": "", "answer_by": "", "final": ""}, {"final": ""}),
    "telesales_delivery": ({"product": "家庭财产保险", "plate": ""},),
}
"""Rows beyond one answer in one column."""


def variants(kind: Kind) -> Iterator[Cells]:
    """Complete rows that differ in an answer: every choice, every yes and no, every product, and FURTHER."""
    row = {column.name: column.example for column in kind.columns} | {"product_type": ""}
    yield row
    for column in kind.columns:
        answers = tuple(dict.fromkeys(column.choices.values())) or ("是", "否") * (column.parser == "yes_no")
        if column.name != "product_type":
            yield from (row | {column.name: answer} for answer in answers)
    yield from (row | {"product": found.name} for found in PRODUCTS.values())
    yield from (row | further for further in FURTHER.get(kind.name, ()))


@cache
def checked(name: str) -> tuple[Checked, ...]:
    """All variants of a kind as rows of one list, and last a row without its key."""
    kind = load_kind(name)
    key = next(column.name for column in kind.columns if column.fact == kind.key)
    rows = [row | {key: f"{row[key]}{place:03}"} for place, row in enumerate(variants(kind))]
    names = [column.name for column in kind.columns]
    with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writerow({column.name: column.headers[0] for column in kind.columns})
        writer.writerows([*rows, rows[0] | {key: ""}])
        file.flush()
        terms = Terms(kind, PRODUCTS, b"secret", NOW)
        return tuple(Check(terms, open_source(Path(file.name))))


def spoken(name: str) -> list[dict[str, Any]]:
    """The facts with which each of the rows is called."""
    found = [json.loads(one.contact.facts) for one in checked(name) if one.contact]
    return [call_facts(facts, COMPANY, profile=LIFE, now=NOW) for facts in found]


@pytest.mark.parametrize("name", kinds())
def test_a_complete_row_lacks_nothing_that_its_script_must_say(name: str) -> None:
    kind, lacks = load_kind(name), {}
    for facts in spoken(name):
        script = library()[kind.scripts.of(facts, kind.script) if kind.scripts else kind.script]
        if absent := missing(script, facts):
            lacks[facts[kind.key]] = absent
    assert lacks == {}


@pytest.mark.parametrize("name", kinds())
def test_the_rows_of_a_kind_go_every_way_that_its_script_knows(name: str) -> None:
    rows, script = spoken(name), library()[load_kind(name).script]
    ways = {
        (name, fact, value)
        for fact, values in sample.domain(script).items()
        for value in values
        if fact not in OF_THE_CALL
    }
    assert ways - {(name, fact, row.get(fact)) for row in rows for _, fact, _ in ways} <= NEVER | {
        (name, "product_type", "其他"),  # 普通型
        (name, "line", "其他"),
    }


@pytest.mark.parametrize("name", kinds())
def test_what_a_script_may_say_is_said_of_some_row(name: str) -> None:
    script = library()[load_kind(name).script]
    known = {fact for row in spoken(name) for fact, value in row.items() if value is not None}
    assert {variable.fact for variable in script.variables.values()} - known <= UNSAID


@pytest.mark.parametrize("name", kinds())
def test_only_the_row_without_its_key_is_refused(name: str) -> None:
    *rows, last = checked(name)
    assert [one.refusal for one in rows if one.refusal] == []
    assert last.refusal
    assert last.refusal.code == "policy_no_missing"


@pytest.mark.parametrize("name", kinds())
def test_a_complete_row_has_a_deadline_after_its_beginning(name: str) -> None:
    contact = checked(name)[0].contact
    assert contact
    assert contact.due_from
    assert contact.due_by
    assert contact.due_from < contact.due_by


@pytest.mark.parametrize(
    ("name", "file"),
    [("grace", "grace"), ("lapsed", "lapsed"), ("lapse_cleanup", "lapsed"), ("survey", "claims_survey")],
)
def test_the_lists_of_core_systems_lose_the_planted_rows_and_nobody_else(name: str, file: str) -> None:
    terms = Terms(load_kind(name), PRODUCTS, b"secret", NOW)
    rows = list(Check(terms, open_source(DATA / f"{file}.csv")))
    expected = json.loads((DATA / f"{file}.expect.json").read_text(encoding="utf-8"))
    assert len(rows) == expected["rows"]
    assert Counter(one.refusal.code for one in rows if one.refusal) == expected["planted"]
    script = library()[load_kind(name).script]
    called = [json.loads(one.contact.facts) for one in rows if one.contact]
    lacks = [missing(script, call_facts(facts, COMPANY, profile=LIFE, now=NOW)) for facts in called]
    assert set(lacks) == {()}


@pytest.mark.parametrize("name", kinds())
def test_an_invented_list_of_every_kind_loses_what_was_planted(name: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(invent(80, 7, name))
    rows = list(Check(Terms(load_kind(name), PRODUCTS, b"secret", NOW), open_source(path)))
    refused = Counter(one.refusal.code for one in rows if one.refusal)
    wanted = planted(80, 7, name)
    assert len(rows) == 80
    assert refused == {code: count for code, count in wanted.items() if code != "shared_contact"}
