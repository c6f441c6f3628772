"""One pass over a list: who is left out by which rule, and what the rest are drawn for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from dialer import updates
from dialer.calendar import LOCAL
from dialer.lists.kinds import Kind
from dialer.news_file import state_of
from dialer.selection.cleanup import NOT_LAPSED
from dialer.selection.draw import METHOD, is_drawn, lot
from dialer.selection.recipe import Recipe
from dialer.selection.rules import Facts
from ledger.selection import Draw, Exclusion, Selection

OTHER_SCRIPT = "other_script"
"""The contact is for another script of the kind."""
REACHED = "already_reached"
"""A talk of the same script with the same row of the list ended in success."""
NOT_DUE = "no_longer_due"
"""The row itself says what ends callbacks of its kind."""
NOT_DRAWN = "not_drawn"
"""The lot fell on others."""
NO_QUOTA = "quota_unknown"
"""The contact does not say whose quota it is for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a list is selected by; `reached` are the contacts that need no second talk."""

    kind: Kind
    recipe: Recipe
    seed: str
    script: str
    now: datetime
    reached: frozenset[int] = frozenset()


@dataclass(slots=True)
class Choice:
    """The state of the pass: what was counted, and digests of whom it was drawn from and of whom it chose."""

    terms: Terms
    contacts: int = 0
    population: int = 0
    chosen: int = 0
    unproven: int = 0
    from_whom: hashlib._Hash = field(default_factory=hashlib.sha256)
    whom: hashlib._Hash = field(default_factory=hashlib.sha256)

    def left_out(self, contact_id: int, key: str, facts: Facts) -> Exclusion | None:
        """Why the contact is not called; None, and it is counted among the chosen, where it is."""
        self.contacts += 1
        found = self._by_rule(contact_id, facts)
        if found is not None:
            return found
        self.population += 1
        self.from_whom.update(f"{key}\n".encode())
        recipe = self.terms.recipe
        if recipe.rate is not None and not is_drawn(self.terms.seed, key, recipe.rate):
            return Exclusion(contact_id, NOT_DRAWN)
        self.chosen += 1
        self.whom.update(f"{key}\n".encode())
        return None

    def draw(self, contact_id: int, key: str, facts: Facts) -> Draw | None:
        """The place of a chosen contact in the order of its quota; None where none is kept."""
        quota = self.terms.recipe.quota
        if quota is None:
            return None
        month = self.terms.now.astimezone(LOCAL).strftime("%Y-%m")
        subject = str(facts[quota.by])
        return Draw(contact_id, quota.name, subject, month, quota.successes, lot(self.terms.seed, key))

    def record(self, campaign_id: int) -> Selection:
        """What the pass did, to be kept."""
        recipe = self.terms.recipe
        return Selection(
            campaign_id=campaign_id,
            recipe=recipe.name,
            recipe_digest=recipe.digest,
            source=recipe.cleanup.source if recipe.cleanup else "",
            method=METHOD if recipe.is_drawn else "",
            seed=self.terms.seed if recipe.is_drawn else "",
            rate="" if recipe.rate is None else f"{recipe.rate.normalize():f}",
            contacts=self.contacts,
            population=self.population,
            population_digest=self.from_whom.hexdigest(),
            chosen=self.chosen,
            chosen_digest=self.whom.hexdigest(),
            unproven=self.unproven,
        )

    def _by_rule(self, contact_id: int, facts: Facts) -> Exclusion | None:
        terms = self.terms
        if self._is_others(facts):
            return Exclusion(contact_id, OTHER_SCRIPT)
        if contact_id in terms.reached:
            return Exclusion(contact_id, REACHED)
        if terms.recipe.cleanup and not terms.recipe.cleanup.cohort(facts):
            return Exclusion(contact_id, NOT_LAPSED)
        if terms.recipe.quota and facts.get(terms.recipe.quota.by) in (None, ""):
            return Exclusion(contact_id, NO_QUOTA)
        return self._by_recipe(contact_id, facts)

    def _by_recipe(self, contact_id: int, facts: Facts) -> Exclusion | None:
        claims = 0
        for rule in self.terms.recipe.rules:
            if not rule.applies(facts):
                continue
            proof = rule.proof(facts)
            if proof is not None:
                return Exclusion(contact_id, rule.name, *proof)
            claims = 1
        self.unproven += claims
        return Exclusion(contact_id, NOT_DUE) if self._is_over(facts) else None

    def _is_over(self, facts: Facts) -> bool:
        """Whether the row says that nothing is due; a clean-up leaves out by proof only (S000-25)."""
        if self.terms.recipe.cleanup:
            return False
        state = state_of(facts)
        return bool(state) and updates.ends(state, self.terms.kind.name)

    def _is_others(self, facts: Facts) -> bool:
        """Whether another script of the kind is for this contact; one that it does not name is for all."""
        kind, script = self.terms.kind, self.terms.script
        if kind.scripts is None or script not in (kind.script, *kind.scripts.table.values()):
            return False
        return kind.scripts.of(facts, kind.script) != script
