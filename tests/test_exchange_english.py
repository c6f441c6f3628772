"""English figures become words, and words become the sounds of the voice model."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.speaking.english import in_words, phonemes

LEXICON = {
    "the": "ði",
    "a": "A",
    "order": "ˈɔɹdəɹ",
    "box": "bˈɑks",
    "press": "pɹˈɛs",
    "call": "kˈɔl",
    "wait": "wˈAt",
    "live": {"DEFAULT": "lˈIv", "VERB": "lˈɪv"},
    "V": "vˈi",
    "I": "ˈI",
    "P": "pˈi",
}


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$1,388.50", "one thousand three hundred eighty eight dollars and fifty cents"),
        ("£1.01", "one pound and one pence"),
        ("€2", "two euros"),
        ("2024-06-01", "June first, twenty twenty four"),
        ("the 21st", "the twenty first"),
        ("15:30", "fifteen thirty"),
        ("9:05", "nine oh five"),
        ("8:00", "eight o'clock"),
        ("400-800-1234", "four zero zero eight zero zero one two three four"),
        ("95511", "nine five five one one"),
        ("P20", "P two zero"),
        ("in 1905", "in nineteen oh five"),
        ("3.5%", "three point five percent"),
        ("1,000,002", "one million two"),
        ("café & bar", "cafe and bar"),
    ],
)
def test_figures_and_signs_are_words(written: str, spoken: str) -> None:
    assert in_words(written) == spoken


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("Call the order.", "kˈɔl ði ˈɔɹdəɹ."),
        ("the box, a box", "ðə bˈɑks, ɐ bˈɑks"),
        ("boxes orders waits", "bˈɑksᵻz ˈɔɹdəɹz wˈAts"),
        ("called pressed waited", "kˈɔld pɹˈɛst wˈAtᵻd"),
        ("calling", "kˈɔlɪŋ"),
        ("live", "lˈIv"),
        ("VIP", "vˈiˈIpˈi"),
        ("Huifang", "ˈhwAfɑŋ"),
    ],
)
def test_words_sound_as_the_lexicon_says_and_others_as_they_are_spelt(text: str, sounds: str) -> None:
    assert phonemes(text, LEXICON) == sounds


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_any_text_has_sounds_and_no_figures(text: str) -> None:
    assert not any(letter.isdecimal() for letter in in_words(text))
    assert not any(letter.isdecimal() for letter in phonemes(text, LEXICON))
