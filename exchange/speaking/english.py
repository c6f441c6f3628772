"""English as words without figures, and as the sounds the voice model takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

Lexicon = Mapping[str, str | Mapping[str, str | None]]
"""Words with their sounds; a word with several has them by part of speech, `DEFAULT` among them."""

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"} | {
    "nine": "ninth",
    "twelve": "twelfth",
}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_CURRENCIES = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}
_SIGNS = {
    "&": " and ",
    "%": " percent ",
    "+": " plus ",
    "@": " at ",
    "=": " equals ",
    "#": " pound ",
    "*": " star ",
}
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"

_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"([$£€])\s?({_NUMBER})"), lambda found: _money(found)),
    (re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b"), lambda found: _day(found)),
    (re.compile(r"\b(\d{1,2}):(\d\d)\b"), lambda found: _time(found)),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda found: _ordinal(int(found[1]))),
    (
        re.compile(r"\+?\d[\d-]*-\d{2,}|(?<![\d.,])\+?(?:0\d+|\d{5,})(?![\d,])"),
        lambda found: _digits(found[0]),
    ),
    (re.compile(r"(?<=[A-Za-z])\d+|\d+(?=[A-Za-z])"), lambda found: f" {_digits(found[0])} "),
    (re.compile(r"\b((?:1[1-9]|20)\d\d)\b(?![.,]\d)"), lambda found: _year(int(found[1]))),
    (re.compile(_NUMBER), lambda found: _quantity(found[0])),
)
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|[,.;:?!—…]+")
_VOWELS = "AIOWYaeiouæɑɔəɛɜɪʊʌᵻ"
# What letters sound like in a word no lexicon has, the longest first; names mostly.
_LETTERS = {
    "tion": "ʃən", "igh": "I", "tch": "ʧ", "sh": "ʃ", "ch": "ʧ", "th": "θ", "ph": "f", "ck": "k", "ng": "ŋ",
    "zh": "ʒ", "qu": "kw", "ee": "i", "ea": "i", "oo": "u", "ou": "W", "ow": "O", "ai": "A", "ay": "A",
    "oi": "Y", "oy": "Y", "au": "ɔ", "aw": "ɔ", "ar": "ɑɹ", "er": "əɹ", "or": "ɔɹ", "ui": "wA", "ll": "l",
    "ss": "s", "tt": "t", "a": "ɑ", "b": "b", "c": "k", "d": "d", "e": "ɛ", "f": "f", "g": "ɡ", "h": "h",
    "i": "i", "j": "ʤ", "k": "k", "l": "l", "m": "m", "n": "n", "o": "O", "p": "p", "q": "k", "r": "ɹ",
    "s": "s", "t": "t", "u": "u", "v": "v", "w": "w", "x": "ks", "y": "i", "z": "z",
}  # fmt: skip
_SOUND = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))


def in_words(text: str) -> str:
    """The text with its amounts, dates, times, numbers and signs in English words."""
    text = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    return re.sub(r"\s+", " ", text).strip()


def phonemes(text: str, lexicon: Lexicon) -> str:
    """The sounds of a text, in the letters the voice model was trained with."""
    sounds: list[str] = []
    words = _WORD.findall(in_words(text))
    for place, word in enumerate(words):
        if not word[0].isalpha():
            sounds.append(word[0])
            continue
        following = words[place + 1] if place + 1 < len(words) else ""
        sounds.append(
            " " + _article(word, following, lexicon) if sounds else _article(word, following, lexicon)
        )
    return "".join(sounds)


def _article(word: str, following: str, lexicon: Lexicon) -> str:
    """`a` and `the` are weak, and `the` keeps its vowel before another."""
    if word.lower() == "a" and following:
        return "ɐ"
    if word.lower() == "the":
        starts = _sounds(following, lexicon).lstrip("ˈˌ") if following[:1].isalpha() else ""
        return "ði" if starts[:1] in tuple(_VOWELS) else "ðə"
    return _sounds(word, lexicon)


def _sounds(word: str, lexicon: Lexicon) -> str:
    word = word.replace("’", "'")
    if word.isupper() and 1 < len(word) <= 4 and not (_known(word, lexicon) or _known(word.lower(), lexicon)):
        return "".join(_known(letter, lexicon) for letter in word)
    known = _known(word, lexicon) or _known(word.lower(), lexicon) or _known(word.capitalize(), lexicon)
    return known or _inflected(word.lower(), lexicon) or _guessed(word.lower())


def _known(word: str, lexicon: Lexicon) -> str:
    found = lexicon.get(word, "")
    return found if isinstance(found, str) else found.get("DEFAULT") or ""


def _inflected(word: str, lexicon: Lexicon) -> str:
    """The sounds of a known word with an ending; nothing when it has none of these endings."""
    for ending, stems in (
        ("'s", ("",)), ("es", ("", "e")), ("s", ("",)), ("ed", ("", "e")), ("ing", ("", "e")), ("ly", ("",)),
    ):  # fmt: skip
        if not word.endswith(ending):
            continue
        for stem in stems:
            sounds = _known(word[: -len(ending)] + stem, lexicon)
            if sounds:
                return sounds + _ending(ending, sounds[-1])
    return ""


def _ending(ending: str, last: str) -> str:
    if ending in ("'s", "es", "s"):
        return "ᵻz" if last in "szʃʒʧʤ" else "s" if last in "ptkfθ" else "z"
    if ending == "ed":
        return "ᵻd" if last in "td" else "t" if last in "pkfsʃʧθ" else "d"
    return {"ing": "ɪŋ", "ly": "li"}[ending]


def _guessed(word: str) -> str:
    return "ˈ" + "".join(_LETTERS[found] for found in _SOUND.findall(word.replace("'", "")))


def _quantity(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    if len(whole) > 12:
        return _digits(number)
    words = _cardinal(int(whole))
    return f"{words} point {_digits(part)}" if part else words


def _cardinal(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    scale, name = next((scale, name) for scale, name in _SCALES if number >= scale)
    rest = number % scale
    return f"{_cardinal(number // scale)} {name}" + (f" {_cardinal(rest)}" if rest else "")


def _ordinal(number: int) -> str:
    head, _, last = _cardinal(number).rpartition(" ")
    word = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return f"{head} {word}".strip()


def _digits(text: str) -> str:
    return " ".join(_ONES[int(digit)] for digit in text if digit.isdecimal())


def _year(number: int) -> str:
    first, second = divmod(number, 100)
    if first == 20 and second < 10:
        return _cardinal(number)
    if second == 0:
        return f"{_cardinal(first)} hundred"
    return f"{_cardinal(first)} {'oh ' if second < 10 else ''}{_cardinal(second)}"


def _money(found: re.Match[str]) -> str:
    unit, small = _CURRENCIES[found[1]]
    whole, _, part = found[2].replace(",", "").partition(".")
    cents = int((part + "0")[:2]) if part else 0
    words = f"{_quantity(whole)} {unit}{'' if int(whole) == 1 else 's'}"
    if not cents:
        return words
    few = {"penny": "pence"}.get(small, small if cents == 1 else f"{small}s")
    return f"{words} and {_cardinal(cents)} {few}"


def _day(found: re.Match[str]) -> str:
    month, day = int(found[2]), int(found[3])
    if not 1 <= month <= 12:
        return _digits(found[0])
    return f"{_MONTHS[month - 1]} {_ordinal(day)}, {_year(int(found[1]))}"


def _time(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), int(found[2])
    if minute == 0:
        return f"{_cardinal(hour)} o'clock"
    return f"{_cardinal(hour)} {'oh ' if minute < 10 else ''}{_cardinal(minute)}"
