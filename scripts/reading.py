"""How long what must be said takes to say, and what may come before it was said to its end."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.answers import Ear
from scripts.choices import everywhere
from scripts.model import AGENTS, Script
from scripts.progress import Progress
from scripts.values import Facts, Heard, Input, Said

FASTEST = 6.5
"""Characters in a second: normal Mandarin is read at four to five, and faster than this nobody can follow."""


def hold_ms(script: Script, say: Iterable[Said]) -> int:
    """The least time in which the mandatory texts among these can be read aloud."""
    signs = sum(
        _signs(script, said)
        for said in say
        if said.part.removeprefix(AGENTS) == "say" and _must(script, said.step)
    )
    return round(signs / FASTEST * 1000)


def _must(script: Script, step: str) -> bool:
    return step in script.steps and script.steps[step].mandatory


def _signs(script: Script, said: Said) -> int:
    words = script.text(said.step, said.part).spoken(said.values)
    return sum(sign.isalnum() for sign in words)


def interrupts(script: Script, facts: Facts, progress: Progress, heard: Heard) -> bool:
    """Whether this may come while a text is still being read: all that does not answer it."""
    if heard.kind is Input.KEYS:
        return False
    if heard.kind is not Input.CHOICE:
        return True
    return heard.text in everywhere(Ear(script, script.step(progress.step), facts, progress.identified))
