"""Twilio's rules for TwiML, one example each; they are written down in `data/twiml_rules.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from exchange_studio import FROM, TO, Line, Seen, Studio, document, person, rule
from exchange_studio import studio as studio

RULES = tomllib.loads((Path(__file__).parent / "data" / "twiml_rules.toml").read_text("utf-8"))["is"]


@pytest.mark.parametrize("example", RULES, ids=[example["rule"] for example in RULES])
def test_twiml_is_performed_as_twilio_says(studio: Studio, example: dict[str, Any]) -> None:
    does = [rule(**act, times=1) for act in example.get("does", [])]
    line = studio(persona=person(*does, voice="customer-m"))
    for path, inside in example.get("pages", {}).items():
        line.pages[path] = document(inside)
    for asked in example["asked"]:
        line.pages.setdefault(asked.split()[-1], document("<Hangup/>"))
    ending = _incoming(line) if example.get("incoming") else _outgoing(line, example)
    assert [_named(seen) for seen in line.application.seen] == example["asked"]
    assert line.codes() == example.get("codes", [])
    assert ending == example.get("ending", "completed")
    for path, wanted in example.get("sent", {}).items():
        _check_sent(line, line.application.asked(path)[-1], wanted)


def _outgoing(line: Line, example: dict[str, Any]) -> str:
    options: dict[str, Any] = {}
    if example.get("fallback"):
        options["fallback_url"] = line.url("/fallback")
    if "inline" in example:
        options |= {"url": None, "twiml": document(example["inline"].format(base=line.application.base))}
    return str(line.talk(**options).status)


def _incoming(line: Line) -> str:
    order = {"to": FROM, "from": TO, "url": line.url("/voice")}
    placed = line.http("POST", "/control/calls", json=order).json()
    line.quiet()
    return str(line.http("GET", f"/control/calls/{placed['sid']}").json()["status"])


def _named(seen: Seen) -> str:
    return seen.path if seen.method == "POST" else f"{seen.method} {seen.path}"


def _check_sent(line: Line, seen: Seen, wanted: dict[str, str]) -> None:
    """`-` is what must not be there, `*` what may be anything."""
    sent = seen.form | seen.query
    for name, value in wanted.items():
        if value == "-":
            assert name not in sent
        else:
            assert name in sent
            assert value in ("*", sent[name].replace(line.application.base, "{base}"))
