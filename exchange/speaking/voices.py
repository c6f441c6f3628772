"""Which of our voices reads a `<Say>`: by its language, its voice's name and the script of its text."""

from __future__ import annotations

import re

ENGLISH = frozenset({"english-f", "english-m"})
"""The voices that read English; all others read Mandarin, with English words in it."""

STANDS_IN = {"robot-m": "robot"}
"""Whose rendered sentences are heard where a voice has none."""

_HANZI = re.compile(r"[\u3400-\u9fff]")
_MANDARIN = re.compile(r"(?:zh|cmn)\b", re.IGNORECASE)
# Names of Amazon Polly's and Google's voices as they stand behind `Polly.` and `Google.`.
_MEN = frozenset(
    [
        "man",
        "joey",
        "justin",
        "kevin",
        "matthew",
        "stephen",
        "gregory",
        "brian",
        "arthur",
        "russell",
        "liam",
        "patrick",
        "geraint",
        "ruben",
        "mathieu",
        "remi",
        "hans",
        "daniel",
        "karl",
        "giorgio",
        "adriano",
        "takumi",
        "cristiano",
        "ricardo",
        "thiago",
        "enrique",
        "sergio",
        "miguel",
        "andres",
        "pedro",
        "mads",
        "jan",
        "jacek",
        "maxim",
        "zayd",
    ]
)
_GOOGLE_MEN = re.compile(r"google\.(?:cmn-(?:cn|tw)-\w+-[bc]|en-us-\w+-[abdij])", re.IGNORECASE)


def pick(voice: str, language: str, text: str) -> str:
    """The voice for a text: hanzi are always read in Mandarin, whatever language was asked for."""
    man = _is_a_man(voice)
    if _HANZI.search(text) or _asks_mandarin(voice, language):
        return "robot-m" if man else "robot"
    return "english-m" if man else "english-f"


def _asks_mandarin(voice: str, language: str) -> bool:
    name = voice.partition(".")[2] or voice
    return bool(_MANDARIN.match(language) or _MANDARIN.match(name) or name.lower().startswith("zhiyu"))


def _is_a_man(voice: str) -> bool:
    name = voice.rpartition(".")[2].partition("-")[0].lower()
    return name in _MEN or _GOOGLE_MEN.fullmatch(voice) is not None
