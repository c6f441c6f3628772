"""The tone of a synthetic voice: short long short short, before later turns, where a pack asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr.label_tone import BEAT, FILE, tone
from ivr.music import RATE, wave
from ivr.twiml import lead_on, render
from scripts import packs as packs_module
from scripts.engine import begin
from scripts.load import library
from scripts.packs import packs
from scripts.sample import facts
from scripts.values import Said, Wait

SCRIPT = library()["new-contract"]
ACTION = "https://calls.example.com/huifang/calls/7/turns/4"
LATER = (Said("received", "say"),)


@pytest.fixture
def every_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The national pack asks for the tone."""
    text = (packs_module.FOLDER / "national.toml").read_text("utf-8")
    (tmp_path / "national.toml").write_text(text.replace('"first_turn"', '"every_turn"'), "utf-8")
    monkeypatch.setattr(packs_module, "FOLDER", tmp_path)
    packs.cache_clear()
    yield
    packs.cache_clear()


def verbs(document: str) -> list[str]:
    return [element.tag for element in ElementTree.fromstring(document)]


def test_the_shipped_file_is_what_the_program_makes() -> None:
    assert FILE.read_bytes() == wave(tone())


def test_the_rhythm_is_short_long_short_short() -> None:
    beat = round(BEAT * RATE)
    loud = [any(tone()[at : at + beat]) for at in range(0, len(tone()), beat)]
    assert "".join("-" if sounds else " " for sounds in loud) == "- --- - - "


@pytest.mark.usefixtures("every_turn")
def test_every_later_turn_begins_with_the_tone() -> None:
    document = render(SCRIPT, LATER, Wait(), ACTION)
    assert verbs(document) == ["Play", "Gather"]
    assert "<Play>https://calls.example.com/huifang/static/any/label.wav</Play>" in document
    assert verbs(render(SCRIPT, LATER, None, ACTION))[0] == "Play"
    assert verbs(lead_on(SCRIPT, LATER, ACTION))[0] == "Play"


@pytest.mark.usefixtures("every_turn")
def test_the_first_turn_is_labelled_in_words() -> None:
    turn = begin(SCRIPT, facts(SCRIPT))
    assert turn.say[0].step == "label"
    assert "Play" not in verbs(render(SCRIPT, turn.say, turn.wait, ACTION))


def test_no_tone_is_played_where_no_pack_asks_for_it() -> None:
    assert verbs(render(SCRIPT, LATER, Wait(), ACTION)) == ["Gather"]
