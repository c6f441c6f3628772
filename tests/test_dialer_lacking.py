"""Contacts that are alike lack the same, as the engine says of each of them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dialer.lacking import Lacking
from scripts import sample
from scripts.engine import missing
from scripts.load import library


@pytest.mark.parametrize("name", sorted(library()))
def test_it_answers_like_the_engine_whatever_is_known(name: str) -> None:
    script = library()[name]
    lacking, chance = Lacking(script), random.Random(name)
    whole = sample.facts(script)
    for _ in range(60):
        facts: dict[str, Any] = {
            fact: chance.choice([value, value, value, None, "", not value, "x", 61])
            for fact, value in whole.items()
        }
        assert lacking.of(facts) == ",".join(missing(script, facts))
