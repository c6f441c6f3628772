"""No function and no file of the rooms outgrows the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("ivr", "scripts", "dialer", "recordings", "ledger", "exchange")
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_FILE = 450
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def outgrown(root: Path) -> Iterator[str]:
    """Every file and function that is too long, with its place and length."""
    for path in sorted(path for room in ROOMS for path in (root / room).rglob("*.py")):
        source, place = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        if (lines := len(source.splitlines())) > MOST_LINES_OF_A_FILE:
            yield f"{place}: {lines} lines; split it, {MOST_LINES_OF_A_FILE} are the most"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, FUNCTION) and length(node) > MOST_LINES_OF_A_FUNCTION:
                yield f"{place}:{node.lineno}: {node.name} has {length(node)} lines; shorten it"


def test_nothing_has_outgrown_the_house() -> None:
    assert list(outgrown(ROOT)) == []


@pytest.mark.parametrize("head", ["def long():\n", "async def long():\n", "class Long:\n  def long(self):\n"])
def test_a_function_of_61_lines_is_found(tmp_path: Path, head: str) -> None:
    (tmp_path / "dialer").mkdir()
    (tmp_path / "dialer" / "a.py").write_text(head + "    x = 1\n" * 59)
    assert list(outgrown(tmp_path)) == []
    (tmp_path / "dialer" / "a.py").write_text(head + "    x = 1\n" * 60)
    assert [finding.partition(" has ")[2] for finding in outgrown(tmp_path)] == ["61 lines; shorten it"]


def test_a_file_of_451_lines_is_found(tmp_path: Path) -> None:
    (tmp_path / "ledger" / "deep").mkdir(parents=True)
    (tmp_path / "ledger" / "deep" / "a.py").write_text("x = 1\n" * 450)
    assert list(outgrown(tmp_path)) == []
    (tmp_path / "ledger" / "deep" / "a.py").write_text("x = 1\n" * 451)
    assert list(outgrown(tmp_path)) == ["ledger/deep/a.py: 451 lines; split it, 450 are the most"]
