"""Any document ends or waits: nothing an application answers makes the exchange fall over or run for ever."""

from __future__ import annotations

import logging
from typing import Any

import hypothesis.strategies as st
import pytest
from aiohttp import web
from exchange_studio import Studio, document, person, rule
from exchange_studio import studio as studio
from hypothesis import given, settings

from exchange.verbs.schema import TWIML

# Numbers, flags, addresses and nonsense: every attribute may have any of them.
VALUES = st.sampled_from(
    ["0", "1", "3", "-1", "999999999", "1.5", "true", "false", "auto", "", " ", "#", "GET", "POST", "next",
     "/turn", "../..", "http://[", "http://127.0.0.1:1/x", "ftp://a", "mailto:a", "client:a", "sip:a@b",
     "+8613812345678", "+1", "speech", "dtmf speech", "x" * 300, "您好", "do-not-trim", "completed", "%"]
)  # fmt: skip
WORDS = st.sampled_from(["", " ", "您好", "/turn", "next", "http://[", "+8613812345678", "&lt;", "x" * 500])
VERBS = TWIML["Response"].holds
ANYTHING = st.sampled_from([*sorted(TWIML), "Sing", "say"])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")


@st.composite
def elements(draw: Any, fitting: tuple[str, ...] = VERBS, depth: int = 3) -> str:
    """An element that mostly fits where it is, with attributes, words and elements inside."""
    name = draw(st.sampled_from(fitting) if fitting and draw(st.integers(0, 5)) else ANYTHING)
    grammar = TWIML.get(name, TWIML["Leave"])
    chosen = draw(
        st.dictionaries(st.sampled_from([*sorted(grammar.attributes), "colour"]), VALUES, max_size=4)
    )
    written = "".join(f" {key}='{_escaped(value)}'" for key, value in chosen.items())
    inside = [_escaped(draw(WORDS))] if grammar.words or not draw(st.integers(0, 5)) else []
    if depth:
        inside += draw(st.lists(elements(grammar.holds, depth - 1), max_size=2))
    return f"<{name}{written}>{''.join(inside)}</{name}>"


BODIES = st.lists(elements(), max_size=4).map(lambda verbs: document(*verbs))
KINDS = st.sampled_from(
    ["text/xml", "text/plain", "text/html; charset=gb18030", "audio/wav", "application/json", "x"]
)
SOMEBODY = person(
    rule(keys=("1", "12#", "*"), chance=0.5),
    rule(say="是的", chance=0.5),
    rule(hang_up=True, chance=0.3),
    hangs_up_after=(60.0, 60.0),
)
FEW, MORE = (settings(max_examples=count, deadline=None) for count in (30, 50))


def test_any_documents_come_to_an_end(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    line = studio(persona=SOMEBODY, speed=2000)

    @MORE
    @given(bodies=st.lists(BODIES, min_size=1, max_size=4))
    def they_do(bodies: list[str]) -> None:
        left = iter(bodies)
        for path in ("/voice", "/turn", "/next", "/fallback", "/"):
            line.pages[path] = lambda _: next(left, document("<Hangup/>"))
        call = line.call(fallback_url=line.url("/fallback"))
        line.quiet(60)
        assert call.fetch().status in {"completed", "busy", "no-answer", "failed"}
        assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []

    they_do()


def test_any_bytes_of_any_kind_come_to_an_end(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    line = studio(persona=SOMEBODY, speed=2000)

    @FEW
    @given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), kind=KINDS)
    def they_do(body: bytes, kind: str) -> None:
        line.pages["/voice"] = lambda _: web.Response(body=body, headers={"Content-Type": kind})
        assert line.talk().status == "completed"
        assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []

    they_do()


def _filled(name: str, text: str, inside: str = "") -> str:
    """An element all of whose texts are this one."""
    texts = [key for key, kind in TWIML[name].attributes.items() if kind.wanted == "a text"]
    attributes = "".join(f' {key}="{text}"' for key in texts)
    return f"<{name}{attributes}>{inside or text}</{name}>"


@pytest.mark.parametrize("name", VERBS)
def test_a_bad_address_anywhere_is_no_trouble(
    studio: Studio, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    line = studio(persona=SOMEBODY, speed=2000)
    line.pages["/fallback"] = document("<Hangup/>")
    for bad in ("http://[", "ftp://a", "http://127.0.0.1:1/x", "http://host:port/", "#", ""):
        inside = "".join(_filled(noun, bad) for noun in TWIML[name].holds)
        line.pages["/voice"] = document(_filled(name, bad), _filled(name, bad, inside))
        line.talk(fallback_url=line.url("/fallback"))
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
