"""What the gate would say now of everything that waits, or of one task by every rule; nothing is written."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from dialer.calendar import LOCAL
from dialer.gate import Rules, decide, explain
from dialer.rulebook import asked
from ledger import dnc_lists, selection
from ledger import waiting as tasks
from ledger.records import Action, Verdict


@dataclass(frozen=True, slots=True)
class Preview:
    """What the gate would say now: who is called, who later, and who never, by rule.

    `when` is the first moment at which one of those who are called later is decided again. `excluded` counts
    those of the list who were left out and have no task, by rule.
    """

    tasks: int
    now: int
    later: Mapping[str, int]
    skipped: Mapping[str, int]
    excluded: Mapping[str, int] = field(default_factory=dict)
    when: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def called(self) -> int:
        """Everybody who is called, now or later."""
        return self.tasks - sum(self.skipped.values())

    def __str__(self) -> str:
        said = f"{self.called} of {self.tasks} will be called; skipped: {by_rule(self.skipped)}"
        if self.later:
            said += f"; later: {', '.join(self._later(rule) for rule in self.later)}"
        return f"{said}; left out: {by_rule(self.excluded)}" if self.excluded else said

    def _later(self, rule: str) -> str:
        return f"{self.later[rule]} by {rule} from {self.when[rule].astimezone(LOCAL):%Y-%m-%d %H:%M}"


def by_rule(counts: Mapping[str, int]) -> str:
    """How many by which rule, in words."""
    return ", ".join(f"{count} by {rule}" for rule, count in counts.items()) or "none"


def preview(conn: sqlite3.Connection, campaign_id: int, rules: Rules, now: datetime) -> Preview:
    """Run the gate over everything that waits; a million tasks are looked at one after the other."""
    rules = _in_full(conn, rules, now)
    seen: Counter[tuple[Action, str]] = Counter()
    when: dict[str, datetime] = {}
    for facts in tasks.waiting(conn, asked(campaign_id, rules, now)):
        verdict = decide(facts, rules=rules, now=now)
        seen[verdict.action, verdict.rule] += 1
        if verdict.until is not None:
            when[verdict.rule] = min(verdict.until, when.get(verdict.rule, verdict.until))
    later, skipped = _of(seen, Action.DEFER), _of(seen, Action.BLOCK)
    now_called = seen.total() - later.total() - skipped.total()
    excluded = selection.excluded(conn, campaign_id)
    return Preview(seen.total(), now_called, later, skipped, excluded, when)


def explained(
    conn: sqlite3.Connection, campaign_id: int, contact_id: int, rules: Rules, now: datetime
) -> list[Verdict]:
    """What every rule says of the task that waits for a contact; nothing where none waits."""
    rules = _in_full(conn, rules, now)
    facts = tasks.of_contact(conn, asked(campaign_id, rules, now), contact_id)
    return explain(facts, rules=rules, now=now) if facts else []


def _in_full(conn: sqlite3.Connection, rules: Rules, now: datetime) -> Rules:
    return replace(rules, stale=dnc_lists.stale(conn, rules.purpose, now))


def _of(seen: Counter[tuple[Action, str]], wanted: Action) -> Counter[str]:
    return Counter({rule: count for (action, rule), count in seen.items() if action is wanted})
