"""Every rule that leaves somebody out has its words on the campaign's page."""

from __future__ import annotations

import pytest

from dialer.selection import choice
from dialer.selection.by_hand import REASONS
from dialer.selection.cleanup import NOT_LAPSED
from dialer.selection.recipe import recipe_of, recipes
from ivr.texts import library

RULES = {
    *(rule.name for name in recipes() for rule in recipe_of("any", {}, name).rules),
    *(choice.OTHER_SCRIPT, choice.REACHED, choice.NOT_DRAWN, choice.NO_QUOTA, choice.NOT_DUE, NOT_LAPSED),
    *REASONS,
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_that_leaves_somebody_out_has_its_words(language: str) -> None:
    known = library()[language]["campaigns"]
    assert {rule for rule in RULES if f"rule_{rule}" not in known} == set()
