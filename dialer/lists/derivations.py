"""The derivations that a kind of list may name under `derive`."""

from __future__ import annotations

from collections.abc import Mapping

from dialer.errors import KindError
from dialer.lists import facts, facts_service, objects
from dialer.lists.facts import Derivation
from dialer.lists.kinds import Kind

DERIVATIONS: Mapping[str, Derivation] = {
    derivation.__name__: derivation
    for derivation in (
        *(facts.person, facts.contact, facts.insured, facts.premiums, facts.account, facts.seller),
        *(facts.cooling, facts.product, facts.suitability, objects.claim, objects.vehicle, objects.delivery),
        *(facts_service.grace, facts_service.lapse, facts_service.surrender, facts_service.change),
        *(facts_service.reminder, facts_service.health, facts_service.complaint),
        *(facts_service.texts, facts_service.period),
    )
}
"""Each under its own name."""


def derivations(kind: Kind) -> tuple[Derivation, ...]:
    """The derivations that the kind names; KindError when there is no such one."""
    for name in kind.derive:
        if name not in DERIVATIONS:
            raise KindError(f'{kind.name}.toml: derive: "{name}": choose one of {", ".join(DERIVATIONS)}')
    return tuple(DERIVATIONS[name] for name in kind.derive)
