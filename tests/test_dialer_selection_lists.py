"""The lists of a core system, selected by the recipes of their kinds: exactly so many, others by rule."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.lists.check import Terms as Import
from dialer.lists.importer import import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from dialer.selection.choice import Choice, Terms
from dialer.selection.recipe import recipe_of
from ledger import lists
from tests.dialer_facts import NOW

DATA = Path(__file__).parent / "data"
LISTS = [
    ("new_policy", "new_policy", "new-contract", 483, {}),
    ("claims", "claims_settled", "motor-settled", 318,
     {"claim_refused": 16, "nothing_paid": 69, "other_script": 175}),
    ("claims", "claims_settled", "settled-other", 132,
     {"claim_refused": 7, "nothing_paid": 36, "other_script": 403}),
    ("claims", "loss_adjuster", "adjuster", 306, {"not_motor": 136, "reported_by_others": 136}),
    ("claims", "remote_claim", "adjuster", 275,
     {"accident_at_home": 31, "not_motor": 136, "reported_by_others": 136}),
    ("lapsed", "lapse_cleanup", "lapse-clean", 287, {"not_lapsed_then": 53, "paid_at_once": 50}),
    ("lapsed", "lapsed", "lapse-fifteen", 362, {"no_longer_lapsed": 28}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "name", "script", "chosen", "rules"), LISTS)
def test_a_list_is_selected_by_the_recipe_of_its_kind(
    tmp_path: Path, file: str, name: str, script: str, chosen: int, rules: dict[str, int]
) -> None:
    kind, found = load_kind(name), dict.fromkeys(rules, 0)
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        list_id = import_list(conn, DATA / f"{file}.csv", Import(kind, load_products(), b"s", NOW)).list_id
        choice = Choice(Terms(kind, recipe_of(name, kind.selection), "s", script, NOW))
        for contact in lists.contacts(conn, list_id):
            if left_out := choice.left_out(contact.contact_id, contact.policy_no, json.loads(contact.facts)):
                found[left_out.rule] += 1
    assert (choice.chosen, found) == (chosen, rules)
    assert choice.unproven == (47 if name == "lapse_cleanup" else 0)
