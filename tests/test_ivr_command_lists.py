"""`huifang lists`: mapping headers, sending refused rows again, proving a list."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dialer.lists.invent import invent
from ivr.cli import main
from ivr.home import Home

Huifang = Callable[..., str]


@pytest.fixture
def huifang(home: Home, capsys: pytest.CaptureFixture[str]) -> Huifang:
    """Run a command in a home; what it printed, and the exit code where that is not 0."""

    def run(*arguments: str | Path) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = "".join(capsys.readouterr())
        return printed if ended.value.code in (0, None) else f"{printed}exit {ended.value.code}"

    return run


def test_a_list_is_mapped_corrected_and_proven(huifang: Huifang, home: Home, tmp_path: Path) -> None:
    path, out = tmp_path / "list.csv", tmp_path / "refused.csv"
    path.write_text(invent(60, 4).decode("gb18030").replace("联系电话", "客户电话", 1), encoding="gb18030")
    first = huifang("lists", "import", path, "--kind", "new_policy")
    assert "--map HEADER=phone" in first
    assert "exit 2" in first
    assert "exit 2" in huifang("lists", "import", path, "--kind", "new_policy", "--map", "phone")
    options = ("--kind", "new_policy", "--map", "客户电话=phone", "--json")
    report = json.loads(huifang("lists", "import", path, *options))
    columns = json.loads(huifang("lists", "mapping", *options[:2], "--json"))
    assert [one["saved"] for one in columns if one["column"] == "phone"] == ["客户电话"]
    repeats = sum(one["code"] == "duplicate" for one in report["refused"])
    told = huifang("lists", "refused", "1", "--out", out)
    assert f"{len(report['refused']) - repeats} refused rows" in told
    assert "不存在" in out.read_text(encoding="gb18030")
    assert f"{len(report['refused']) - repeats} rows" in huifang("lists", "import", out, *options[:2])
    assert huifang("lists", "verify", "1", "--file", path).startswith("ok: 1 lists")
    assert "refused.csv: is not the file" in huifang("lists", "verify", "1", "--file", out)
    assert "list 9" in huifang("lists", "verify", "9")
    with closing(sqlite3.connect(home.root / "huifang.db")) as conn, conn:
        conn.execute("update contacts set facts = '{}' where id = 1")
    assert huifang("lists", "verify").endswith("the file list.csv\nexit 1")
    assert "lists 1: its contacts" in huifang("db", "verify")
    assert "exit" not in huifang("lists", "mapping", *options[:2], "--forget", "客户电话")
    assert "is no saved header" in huifang("lists", "mapping", *options[:2], "--forget", "客户电话")


def test_remarks_are_counted_and_printed(huifang: Huifang, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(invent(60, 4))
    printed = huifang("lists", "import", path, "--kind", "new_policy")
    assert "shared_contact; all: huifang lists errors 1 --flagged" in " ".join(printed.split())
    assert "shared_contact" in huifang("lists", "errors", "1", "--flagged", "--json")
