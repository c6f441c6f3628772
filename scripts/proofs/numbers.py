"""Numbers, amounts and dates come through variables that are said as what they are; texts hold no figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.aloud import aloud
from scripts.model import Script, Variable
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.manners import UNFINISHED
from scripts.proofs.speech import file_of, speeches

_UNREADABLE = re.compile(r"[^\u4e00-\u9fff，。？！、；：《》“”‘’·]")
_IN_A_VALUE = re.compile(r"[0-9０-９%％￥¥$#@&*+=~^|\\/<>\[\]{}_]")

KINDS = {
    name: frozenset(kinds.split())
    for kinds, names in {
        "percent": "rate percent ratio",
        "count": "years months days hours minutes times age count ahead",
        "digits": "no number tail phone mobile hotline plate password pin",
        "date month_day": "on date day birthday",
        "slot time date month_day": "at by slot",
        "money text": "fee",
        "money": "premium amount money payout credited cash value difference deductible deducted",
    }.items()
    for name in names.split()
}
"""What the last word of a variable's name promises: the ways to say it."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """No figure stands in a text, and every value is said as what its name says it is."""
    for speech in speeches(script):
        if (found := _UNREADABLE.search(speech.bare)) and not UNFINISHED.search(speech.bare):
            values = (("part", speech.part), ("sign", found[0]), ("words", speech.words))
            yield Finding("sign_unreadable", speech.file, speech.step, values)
    spoken = {name for text in script.texts.values() for name in text.names}
    for variable in script.variables.values():
        if variable.name in spoken:
            yield from _about(script, variable)


def _about(script: Script, variable: Variable) -> Iterator[Finding]:
    file, name = file_of(script, ""), ("variable", variable.name)
    wanted = KINDS.get(variable.name.rpartition("_")[2])
    if wanted and variable.say not in wanted:
        kinds = (("say", variable.say), ("wanted", "、".join(sorted(wanted))))
        yield Finding("variable_kind", file, "", (name, *kinds))
    said = aloud(variable.say, variable.example)
    if not said or (variable.say == "text" and _IN_A_VALUE.search(said)):
        yield Finding(
            "example_unsayable", file, "", (name, ("say", variable.say), ("example", str(variable.example)))
        )
