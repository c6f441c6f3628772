"""Kinds of list and products as data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dialer.errors import KindError, ProductError
from dialer.lists import kinds
from dialer.lists.derivations import DERIVATIONS, derivations
from dialer.lists.kinds import load_kind, read_kind
from dialer.lists.kinds.model import PERIODS
from dialer.lists.products import SAMPLE, find_product, load_products
from dialer.profile import profiles
from scripts.load import library

NEW_POLICY = Path(kinds.__file__).parent / "new_policy.toml"


@pytest.mark.parametrize("name", kinds.kinds())
def test_every_kind_names_what_there_is(name: str) -> None:
    kind = load_kind(name)
    columns = {column.name for column in kind.columns}
    assert kind.script in library()
    assert kind.profile in profiles()
    assert set(kind.derive) <= DERIVATIONS.keys()
    assert kind.key in {column.fact for column in kind.columns if column.empty}
    assert kind.clock.starts in {*columns, *PERIODS}


@pytest.mark.parametrize("name", kinds.kinds())
def test_no_header_means_two_columns(name: str) -> None:
    headers = [text for column in load_kind(name).columns for text in column.headers]
    assert len(headers) == len(set(headers))


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KindError, match=r"claims_survey, .*new_policy"):
        load_kind("moon")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('script = "new-contract"', "", "script: is missing"),
        (
            "certificate_number = { required = true }",
            'certificate_number = { parser = "palm" }',
            'column "certificate_number": parser "palm": choose one of',
        ),
        ('starts = "receipt_on"', "", "starts: is missing"),
        ('starts = "receipt_on"', 'starts = "moonrise"', '"moonrise" is no column'),
        ('key = "policy_no"', 'key = "claim_no"', '"claim_no" is no fact'),
        ("policy_no = { required = true }", 'policy_no = { empty = "gone" }', '"policy_no": empty "gone"'),
        ("policy_no = { required = true }", "policy_no = {}", 'key: "policy_no" is no fact of a required'),
        ("due_from = { days = 0 }", "due_from = { weeks = 0 }", "clock.due_from: give one of minutes"),
        ("policy_no = { required = true }", 'policy_no = { fakt = "policy_no" }', "fakt"),
        ("sold_on = {", "moon_on = {", 'column "moon_on": headers: is missing; columns.toml has no such'),
        ('line = "life"', 'line = "moon"', 'line "moon": choose one of life, property, health'),
        ('coverage = "all"', 'coverage = "some"', 'coverage "some": choose one of all, sample, quota'),
        ("{ days = -7 }", "{ months = -7 }", "clock.alarms: before the deadline give minutes"),
        ('title = "新契约"', "title = = 1", "new_policy"),
    ],
)
def test_a_broken_kind_names_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = NEW_POLICY.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "new_policy.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KindError, match=message) as caught:
        read_kind(path)
    assert "new_policy.toml" in str(caught.value)


def test_an_unknown_derivation_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KindError, match=r'new_policy\.toml: derive: "palm": choose one of person'):
        derivations(replace(load_kind("new_policy"), derive=("palm",)))


def test_a_product_is_found_whatever_the_width_of_its_brackets() -> None:
    found = find_product(load_products(), " 福满人生两全保险(万能型) ")
    assert found is not None
    assert (found.type, found.guaranteed_rate, found.years) == ("万能型", "1.75%", 30)
    assert find_product(load_products(), "没有的产品") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('type = "分红型"', 'type = "古怪型"', "product 金满堂终身寿险（分红型）: type: choose one of"),
        ('type = "分红型"', "", "product 金满堂终身寿险（分红型）: type: is missing"),
        ('term = "终身"', 'term = "很久"', "product 金满堂终身寿险（分红型）: term: give a number of years"),
        ("term = 20", "term = 0", "product 安心定期寿险: term"),
        (
            'guaranteed_rate = "1.75%"',
            "guaranteed_rate = 1.75",
            "product 福满人生两全保险（万能型）: guaranteed_rate",
        ),
        (
            'guaranteed_rate = "1.75%"',
            'guaranteed_rate = "0.0175"',
            "guaranteed_rate: write it with its sign",
        ),
        ("surrender_fee_years = 5", 'surrender_fee_years = "5"', "surrender_fee_years: must be given as int"),
        ("death_benefit = true", "death_benefit = 1", "death_benefit: must be given as bool"),
        ("death_benefit = false", "deth_benefit = false", "deth_benefit: is unknown"),
        ("[defaults]", "[defaults", "cannot be read"),
    ],
)
def test_a_broken_catalogue_names_file_product_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "products.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProductError, match=message) as caught:
        load_products(path)
    assert "products.toml" in str(caught.value)


def test_a_catalogue_without_products_says_how_to_write_one(tmp_path: Path) -> None:
    path = tmp_path / "products.toml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ProductError, match="give each product a table"):
        load_products(path)
    with pytest.raises(ProductError, match=r"nothing\.toml: cannot be read"):
        load_products(tmp_path / "nothing.toml")
