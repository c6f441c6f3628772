"""`huifang lists kinds`, and the kinds of the home."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dialer.lists import kinds
from ivr.cli import main
from ivr.home import Home

GRACE = Path(kinds.__file__).parent / "grace.toml"
DOCS = Path(__file__).parents[1] / "docs" / "lists.md"
Huifang = Callable[..., str]


@pytest.fixture
def huifang(home: Home, capsys: pytest.CaptureFixture[str]) -> Iterator[Huifang]:
    """Run a command in a home; what it printed, and the exit code where that is not 0."""
    shipped = list(kinds._homes)

    def run(*arguments: str | Path) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = "".join(capsys.readouterr())
        return printed if ended.value.code == 0 else f"{printed}exit {ended.value.code}"

    yield run
    kinds._homes[:] = shipped
    kinds.load_kind.cache_clear()


def own(home: Home, name: str, text: str) -> None:
    home.kinds.mkdir(parents=True, exist_ok=True)
    (home.kinds / name).write_text(text, encoding="utf-8")


def test_every_kind_is_shown_with_its_clock(huifang: Huifang) -> None:
    shown = {row["kind"]: row for row in json.loads(huifang("lists", "kinds", "--json"))}
    assert shown.keys() == set(kinds.kinds())
    assert shown["grace"]["due_by"] == "-15 working_days from grace_end"
    assert shown["claims_survey"]["due_by"] == "+30 (市区) / +60 (县区) minutes"
    assert shown["health"]["due_from"] == "+service_month months"
    assert (
        shown["loss_adjuster"] | {"due_from": "start", "due_by": "period_end", "coverage": "quota"}
        == (shown["loss_adjuster"])
    )
    assert "宽限期" in huifang("lists", "kinds")


def test_a_kind_is_shown_with_every_header_of_its_columns(huifang: Huifang) -> None:
    page = huifang("lists", "kinds", "grace")
    assert "*! due_on               应交日期、应缴日期" in page
    assert "grace_end            宽限期截止日" in page
    assert "= 普通型、分红型" in page
    columns = json.loads(huifang("lists", "kinds", "grace", "--json"))["columns"]
    assert columns[0]["name"] == "policy_no"
    assert columns[0]["required"]
    assert huifang("lists", "kinds", "moon").endswith("exit 2")


def test_a_file_in_the_home_is_a_kind(huifang: Huifang, home: Home) -> None:
    own(home, "grace_bank.toml", GRACE.read_text(encoding="utf-8").replace("宽限期", "银保宽限期"))
    assert "银保宽限期" in huifang("lists", "kinds", "grace_bank")


def test_the_kind_of_the_documentation_is_one(huifang: Huifang, home: Home) -> None:
    page = DOCS.read_text(encoding="utf-8")
    own(home, "bank.toml", page.partition("```toml\n")[2].partition("```")[0])
    assert "counter              网点、柜面" in huifang("lists", "kinds", "bank")
    assert [name for name in kinds.kinds() if name != "bank" and f"`{name}`" not in page] == []


def test_a_broken_kind_of_the_home_names_file_and_key(huifang: Huifang, home: Home) -> None:
    own(home, "mine.toml", GRACE.read_text(encoding="utf-8").replace("coverage =", "covers ="))
    assert "mine.toml: coverage: is missing" in huifang("lists", "kinds", "mine")
    own(home, "mine.toml", GRACE.read_text(encoding="utf-8").replace('script = "grace"', 'script = "moon"'))
    assert 'mine.toml: script "moon": choose one of' in huifang("lists", "kinds", "mine")
    own(home, "mine.toml", "colour = 3\n" + GRACE.read_text(encoding="utf-8"))
    assert "mine.toml: colour: is unknown; choose one of title" in huifang("lists", "kinds", "mine")


def test_a_kind_of_the_home_may_be_a_second_name(huifang: Huifang, home: Home) -> None:
    own(home, "wagen.toml", 'same_as = "survey"\n')
    assert "wagen · 车险查勘" in huifang("lists", "kinds", "wagen")
    own(home, "mine.toml", 'same_as = "mine"\n')
    assert 'mine.toml: same_as "mine": name another kind' in huifang("lists", "kinds", "mine")


def test_a_kind_of_the_home_does_not_replace_a_shipped_one(huifang: Huifang, home: Home) -> None:
    own(home, "grace.toml", GRACE.read_text(encoding="utf-8"))
    assert "there is a shipped kind of this name" in huifang("lists", "kinds", "grace")
    assert "grace.toml" not in huifang("lists", "kinds", "lapsed")
