"""Imports run in the directions of docs/architecture.md, and each third-party package has one home."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "ivr": {"dialer", "scripts", "recordings", "ledger"},
    "dialer": {"scripts", "recordings", "ledger"},
    "scripts": set[str](),
    "recordings": {"ledger"},
    "ledger": set[str](),
    "exchange": set[str](),
}
# Each package of the exchange may import those before it; names for type checkers only do not count.
EXCHANGE = (
    "sound",
    "speaking",
    "people",
    "web",
    "calls",
    "rooms",
    "verbs",
    "performance",
    "rest",
    "browser",
    "phone",
    "control",
)
COMMAND_LINE = ("ivr/cli.py", "ivr/command/", "ivr/demo.py")

# A home is a file, or a folder and all below it.
HOMES = {
    "argon2": ("ivr/people/",),
    "flask": ("ivr/",),
    "flask_wtf": ("ivr/people/",),
    "pydantic": ("ivr/api/",),
    "pyotp": ("ivr/people/",),
    "segno": ("ivr/people/",),
    "twilio.jwt": ("ivr/desk/",),
    "werkzeug": ("ivr/",),
    "granian": ("ivr/",),
    "waitress": ("ivr/",),
    "click": ("ivr/",),
    "jinja2": ("ivr/",),
    "weasyprint": ("ivr/paper.py",),
    "rich": ("ivr/",),
    "twilio.twiml": ("ivr/",),
    "twilio.request_validator": ("ivr/signature.py",),
    "twilio.rest": ("dialer/carrier.py",),
    "twilio.http": ("dialer/carrier.py",),
    "twilio.base": ("dialer/carrier.py",),
    "requests": ("dialer/carrier.py",),
    "urllib3": (
        "dialer/carrier.py",
        "dialer/dnc_lists/delivery.py",
        "dialer/policy_source.py",
        "dialer/results/",
        "recordings/carrier.py",
    ),
    "chinese_calendar": ("dialer/calendar.py",),
    "holidays": ("dialer/holidays.py",),
    "phonenumbers": ("dialer/lists/", "dialer/zones.py", "exchange/web/geo.py"),
    "stdnum": ("dialer/lists/",),
    "python_calamine": ("dialer/lists/workbook.py",),
    "cn2an": ("scripts/spoken.py", "exchange/speaking/mandarin.py"),
    "transitions": ("scripts/machine.py",),
    "sqlite_utils": ("ledger/migrations.py",),
    "aiohttp": ("exchange/",),
    "multidict": ("exchange/",),
    "yarl": ("exchange/",),
    "misaki": ("exchange/speaking/kokoro.py",),
    "faster_whisper": ("exchange/speaking/whisper.py",),
    "onnxruntime": ("exchange/speaking/kokoro.py",),
    "soxr": ("exchange/speaking/kokoro.py",),
    "trustme": ("exchange/web/authority.py",),
    "certifi": ("exchange/web/authority.py",),
    "numpy": ("exchange/", "recordings/"),
    "soundfile": ("exchange/", "recordings/"),
    "aiortc": ("exchange/browser/",),
    "aioice": ("exchange/browser/",),
    "av": ("exchange/browser/",),
    "jwt": ("exchange/browser/token.py",),
}

# scripts/ is pure: no clock, no database, no network, no chance.
IMPURE = {
    "time",
    "sqlite3",
    "socket",
    "ssl",
    "http",
    "urllib",
    "asyncio",
    "threading",
    "subprocess",
    "random",
    "secrets",
    "os",
}
CLOCKS = {"now", "utcnow", "today"}
SQL = re.compile(
    r"\s*(select\s.+\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(table|index|trigger)\s|pragma\s)",
    re.I | re.S,
)


def modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    """Every module of the rooms, by its path from the root."""
    for room in MAY_IMPORT:
        for path in sorted((root / room).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, at the top, in functions and by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            yield from ((node.lineno, word) for word in map(text_of, node.args) if word)


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def text_of(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def import_finding(path: str, name: str) -> str | None:
    """What is wrong with a module's import, or None."""
    room, package = path.split("/")[0], name.split(".")[0]
    if package in MAY_IMPORT:
        allowed = package in {room, *MAY_IMPORT[room]} or (
            package == "exchange" and path.startswith(COMMAND_LINE)
        )
        return None if allowed else f"{room}/ may not import {package}/"
    if package in sys.stdlib_module_names:
        return (
            f"scripts/ is pure and may not import {package}"
            if room == "scripts" and package in IMPURE
            else None
        )
    home = next((home for home in HOMES if f"{name}.".startswith(f"{home}.")), None)
    if home is None:
        return f"{name} has no home yet; name it in tests/test_rooms.py"
    return None if path.startswith(HOMES[home]) else f"{home} has its home in {' and '.join(HOMES[home])}"


def deed_findings(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """SQL outside the ledger, and clocks read inside scripts/."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings and not path.startswith("ledger/"):
            if SQL.match(text_of(node)):
                yield node.lineno, "SQL belongs in ledger/"
        elif isinstance(node, ast.Call) and path.startswith("scripts/") and called(node) in CLOCKS:
            yield node.lineno, "scripts/ is pure and may not read a clock"


def findings(root: Path) -> list[str]:
    """All that breaks the rules of the rooms, each with its place."""
    found = []
    for path, tree in modules(root):
        found += [f"{path}:{line}: {text}" for line, text in deed_findings(path, tree)]
        found += [
            f"{path}:{line}: {text}" for line, name in imports(tree) if (text := import_finding(path, name))
        ]
    return found


class Running(ast.NodeTransformer):
    """Leaves out what only type checkers read."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        only_checked = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if only_checked else self.generic_visit(node)


def upward(root: Path) -> list[str]:
    """Imports of a package of the exchange by one that comes before it."""
    found = []
    for path, tree in modules(root):
        room, package, *_ = *path.split("/"), ""
        if room != "exchange" or package not in EXCHANGE:
            continue
        for line, name in imports(Running().visit(tree)):
            above = f"{name}..".split(".")[1]
            if above in EXCHANGE[EXCHANGE.index(package) + 1 :]:
                found.append(f"{path}:{line}: {package}/ may not import {above}/")
    return sorted(set(found))


def test_the_packages_of_the_exchange_are_layers() -> None:
    assert upward(ROOT) == []


def test_an_import_against_the_layers_is_found(tmp_path: Path) -> None:
    for package in ("sound", "web"):
        (tmp_path / "exchange" / package).mkdir(parents=True)
    (tmp_path / "exchange/web/a.py").write_text("from exchange.sound.clip import Clip\n")
    (tmp_path / "exchange/sound/a.py").write_text(
        "if TYPE_CHECKING:\n    from exchange.web.b import C\ndef f():\n    from exchange.web import c\n"
    )
    assert upward(tmp_path) == ["exchange/sound/a.py:4: sound/ may not import web/"]


def test_the_rooms_keep_their_directions_and_homes() -> None:
    assert findings(ROOT) == []


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_every_room_is_there_and_typed(room: str) -> None:
    assert (ROOT / room / "__init__.py").is_file()
    assert (ROOT / room / "py.typed").is_file()


def test_the_table_of_the_architecture_is_the_one_that_is_kept() -> None:
    rows = re.findall(
        r"^\| `(\w+)/` \|[^|]+\|([^|]+)\|$", (ROOT / "docs" / "architecture.md").read_text("utf-8"), re.M
    )
    written = {
        room: set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", may)))) - {"exchange"}
        for room, may in rows
    }
    assert {room: names & set(MAY_IMPORT) for room, names in written.items()} == MAY_IMPORT


BROKEN = [
    ("scripts/a.py", "import ledger", "scripts/ may not import ledger/"),
    ("ledger/a.py", "from dialer.gate import decide", "ledger/ may not import dialer/"),
    ("ledger/deep/a.py", "import scripts.values", "ledger/ may not import scripts/"),
    ("recordings/a.py", "def f():\n    from dialer import gate", "recordings/ may not import dialer/"),
    ("dialer/a.py", "if True:\n    import ivr.clock", "dialer/ may not import ivr/"),
    ("exchange/a.py", "from ledger import connect", "exchange/ may not import ledger/"),
    ("ivr/webhooks.py", "import exchange.server", "ivr/ may not import exchange/"),
    ("dialer/a.py", "import importlib\nimportlib.import_module('ivr.cli')", "dialer/ may not import ivr/"),
    ("dialer/loop.py", "from twilio.rest import Client", "twilio.rest has its home in dialer/carrier.py"),
    ("dialer/loop.py", "from twilio import rest", "twilio.rest has its home in dialer/carrier.py"),
    ("ivr/webhooks.py", "from twilio.request_validator import RequestValidator", "home in ivr/signature.py"),
    ("dialer/carrier.py", "from twilio.twiml.voice_response import Say", "twilio.twiml has its home in ivr/"),
    ("dialer/a.py", "from flask import Flask", "flask has its home in ivr/"),
    ("scripts/engine.py", "import transitions", "transitions has its home in scripts/machine.py"),
    ("ledger/claims.py", "import sqlite_utils", "sqlite_utils has its home in ledger/migrations.py"),
    ("ivr/a.py", "import aiohttp", "aiohttp has its home in exchange/"),
    ("ivr/a.py", "import pandas", "pandas has no home yet"),
    ("scripts/a.py", "import sqlite3", "scripts/ is pure and may not import sqlite3"),
    (
        "scripts/a.py",
        "from datetime import datetime\ndatetime.now()",
        "scripts/ is pure and may not read a clock",
    ),
    ("dialer/a.py", "SQL = '''\n  select id\n  from calls'''", "SQL belongs in ledger/"),
    ("ivr/a.py", "f(conn, 'insert or ignore into dnc values (1)')", "SQL belongs in ledger/"),
]
ALLOWED = [
    ("ivr/cli.py", "import exchange.server"),
    ("ivr/command/run.py", "from exchange import server"),
    ("ivr/twiml.py", "from twilio.twiml.voice_response import Say\nimport flask"),
    (
        "dialer/carrier.py",
        "from twilio.rest import Client\nfrom scripts import begin\nimport ledger, recordings",
    ),
    ("recordings/a.py", "from ledger import connect\nfrom . import seal"),
    ("ledger/a.py", "SQL = 'select id from calls'\nimport sqlite3"),
    ("scripts/a.py", "from __future__ import annotations\nfrom datetime import date\nimport re"),
    ("dialer/a.py", "'''Select the calls that are due, from the most urgent on.'''\nimport time"),
    ("dialer/b.py", "raise ValueError('select a list first')"),
]


def write(root: Path, path: str, source: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(source, encoding="utf-8")


@pytest.mark.parametrize(("path", "source", "finding"), BROKEN, ids=[source[-40:] for _, source, _ in BROKEN])
def test_a_broken_rule_is_found_with_its_place(tmp_path: Path, path: str, source: str, finding: str) -> None:
    write(tmp_path, path, source)
    found = findings(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert finding in found[0]


@pytest.mark.parametrize(("path", "source"), ALLOWED, ids=[path for path, _ in ALLOWED])
def test_what_the_rules_allow_is_not_found(tmp_path: Path, path: str, source: str) -> None:
    write(tmp_path, path, source)
    assert findings(tmp_path) == []
