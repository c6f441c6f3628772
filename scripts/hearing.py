"""What customers mean: common Mandarin replies become intents, spoken digits become keys."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

FILLER, WEAK, QUESTION = "", "weak", "question"
"""What pieces are that are no intent: silent beside others, a mere sound, a question asked back."""

# Answers that only the step which asks for them may hear.
_LOCAL = frozenset(
    {"none", "neither", "first_slot", "second_slot", "sms", "letter", "paid_already", "not_bought", *"12345"}
)
_ANSWERS = frozenset({"yes", "no", "unsure"})

_OUTSIDE = re.compile(r"[^0-9a-z\u4e00-\u9fff〇]+")
_GROUP = re.compile(r"\(([^()]*)\)")
_NAMED = re.compile(r"\{(\w+)\}")

_SPOKEN_DIGITS = str.maketrans("零〇洞一幺妖腰二两三四五六七拐八九勾叉x", "000111122345677899XX")
_SAID_BESIDE_DIGITS = re.compile(
    r"艾克斯|(?:我的?)?(?:身份证)?(?:号码?)?(?:最?后)?(?:四位)?(?:数字?)?(?:尾号)?是|[嗯呃额的]"
)
_KEYS = re.compile(r"[0-9]+X?")
_MONTH_DAY = re.compile(
    r"([一二三四五六七八九十0-9]{1,3})月(?:份)?([一二三四五六七八九十0-9]{1,3})[日号]?(?:生的|出生)?"
)


@dataclass(frozen=True, slots=True)
class Anywhere:
    """An intent that is meant wherever its pattern stands, but for an `unless` beside it."""

    intent: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

    def means(self, text: str) -> bool:
        """Says whether the text holds the pattern and not what takes its meaning away."""
        return self.pattern.search(text) is not None and not (self.unless and self.unless.search(text))


def understand(text: str, wanted: Collection[str]) -> str | None:
    """The intent of a reply; `wanted` are the step's own answers; None where the meaning is not plain."""
    plain = folded(text)
    if not plain:
        return "unsure" if _murmured(text) else None
    if "digits" in wanted and (spoken := digits(text)):
        return spoken
    for passage in _INSTEAD:
        if passage.intent in wanted and passage.means(plain):
            return passage.intent
    if STOP.means(plain):
        return STOP.intent
    for passage in _BESIDE:
        if passage.intent in wanted and passage.means(plain):
            return _anywhere(plain) or passage.intent
    meanings, whole = _meanings(plain, wanted)
    answer = _sum(meanings) if whole else None
    if answer is not None and answer != "unsure":
        return answer
    return _anywhere(plain) or ("unsure" if "unsure" in {answer, *meanings} else None)


def digits(text: str) -> str | None:
    """Digits as spoken or keyed, with X; a day such as 五月十二号 as four digits; None for anything else."""
    plain = _OUTSIDE.sub("", unicodedata.normalize("NFKC", text).lower())
    if day := _MONTH_DAY.fullmatch(plain):
        return _month_day(day[1], day[2])
    keys = _SAID_BESIDE_DIGITS.sub(_beside_digits, plain).translate(_SPOKEN_DIGITS)
    return keys if _KEYS.fullmatch(keys) else None


def _beside_digits(found: re.Match[str]) -> str:
    return "X" if found[0] == "艾克斯" else ""


def _month_day(month: str, day: str) -> str | None:
    numbers = [_below_hundred(month), _below_hundred(day)]
    if not (1 <= numbers[0] <= 12 and 1 <= numbers[1] <= 31):
        return None
    return f"{numbers[0]:02}{numbers[1]:02}"


def _below_hundred(text: str) -> int:
    """The number that 十二, 二十, 三十一 or 12 stands for; 0 for anything else."""
    tens, ten, ones = text.translate(_SPOKEN_DIGITS).rpartition("十")
    number = f"{tens or '1'}{ones or '0'}" if ten else ones
    return int(number) if number.isdecimal() and len(number) <= 2 else 0


def folded(text: str) -> str:
    """The text without what makes no difference: width, old characters, punctuation, particles."""
    simple = unicodedata.normalize("NFKC", text).lower().translate(_SIMPLIFY)
    return _OUTSIDE.sub("", simple)


def _murmured(text: str) -> bool:
    return any(sound in text for sound in "哦噢喔")


def _meanings(plain: str, wanted: Collection[str]) -> tuple[set[str | None], bool]:
    """What the known pieces of the text mean, and whether they are the whole text."""
    pieces = list(_pieces(plain))
    return {_meaning(piece, wanted) for piece in pieces if piece}, None not in pieces


def _pieces(plain: str) -> Iterator[tuple[str, ...] | None]:
    """The intents of each longest known piece from left to right, None for each character in none of them."""
    at, end = 0, len(plain)
    while at < end:
        for stop in range(min(end, at + _LONGEST[plain[at]]) if plain[at] in _LONGEST else at, at, -1):
            if found := PIECES.get(plain[at:stop]):
                yield found
                at = stop
                break
        else:
            yield None
            at += 1


def _meaning(intents: tuple[str, ...], wanted: Collection[str]) -> str | None:
    for intent in intents:
        if intent in wanted:
            return intent
    return next((intent for intent in intents if intent not in _LOCAL), None)


def _sum(meanings: set[str | None]) -> str | None:
    """What several pieces mean together: a contradiction is unsure; a question or stray answer is nothing."""
    if meanings <= {FILLER, WEAK}:
        return "unsure" if WEAK in meanings else None
    meanings = meanings - {FILLER, WEAK}
    if QUESTION in meanings or None in meanings:
        return None
    if "unsure" in meanings or meanings == {"yes", "no"}:
        return "unsure"
    special = meanings - _ANSWERS or meanings
    return special.pop() if len(special) == 1 else None


def _anywhere(plain: str) -> str | None:
    return next((passage.intent for passage in _ANYWHERE if passage.means(plain)), None)


def _expand(phrase: str, words: Mapping[str, str]) -> Iterator[str]:
    """All texts that a phrase of hearing.toml stands for."""
    parts = _GROUP.split(_NAMED.sub(lambda name: f"({words[name[1]]})", phrase))
    for chosen in product(*(part.split("|") if at % 2 else [part] for at, part in enumerate(parts))):
        yield "".join(chosen)


def _known_pieces(
    answers: Mapping[str, Iterable[str]], words: Mapping[str, str], clean: dict[int, int | None]
) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for intent, phrases in answers.items():
        for piece in chain.from_iterable(_expand(phrase, words) for phrase in phrases):
            key = piece.translate(clean)
            if key and intent not in known.get(key, ()):
                known[key] = (*known.get(key, ()), intent)
    return known


def _longest(pieces: Iterable[str]) -> dict[str, int]:
    """The length of the longest piece that begins with a character."""
    longest: dict[str, int] = {}
    for piece in pieces:
        longest[piece[0]] = max(longest.get(piece[0], 0), len(piece))
    return longest


def _passages(entries: Sequence[Mapping[str, str | list[str]]]) -> tuple[Anywhere, ...]:
    return tuple(
        Anywhere(
            intent=str(entry["intent"]),
            pattern=re.compile("|".join(entry["patterns"])),
            unless=re.compile("|".join(entry["unless"])) if "unless" in entry else None,
        )
        for entry in entries
    )


SOURCE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
"""The words of hearing.toml."""

_SIMPLIFY: dict[int, int | None] = {
    **dict(zip(map(ord, SOURCE["written"]), map(ord, SOURCE["heard"]), strict=True)),
    **dict.fromkeys(map(ord, SOURCE["particles"])),
}
PIECES = _known_pieces(SOURCE["pieces"], SOURCE["words"], _SIMPLIFY)
"""What each known piece of a whole sentence can mean, the likeliest first."""

SOUNDS = frozenset(
    piece * times for piece, intents in PIECES.items() if intents == (WEAK,) for times in (1, 2)
)
"""The whole replies that only show that somebody is there."""

_LONGEST = _longest(PIECES)
STOP, *_ANYWHERE = _passages(SOURCE["anywhere"])
"""The refusal, which is looked for before anything else."""

_INSTEAD, _BESIDE = _passages(SOURCE["instead"]), _passages(SOURCE["beside"])
