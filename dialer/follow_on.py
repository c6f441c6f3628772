"""Further rounds of a callback: rules are `[[follow_on]]` tables of the kind of list (regulation A+1).

A rule with `told` follows a call that brought one of these words: an outcome, a reason, a promise, a problem;
any other follows from the contact's facts, whether the first call reached anybody or not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import KindError
from dialer.hours import midnight
from dialer.lists.clock import due
from dialer.lists.kinds import kinds, load_kind, read_clock
from dialer.lists.kinds.model import Clock, Span
from dialer.lists.known import Fact
from ledger.follow_ons import Root, Round

ENDED = "ended"
"""The moment at which the call ended, as spans of a rule name it in `from`."""
MOST_ROUNDS = 60
_KEYS = ("name", "title", "script", "profile", "told", "when", "needs", "lacks", "set", "due_from", "due_by")
_REPEAT = ("every", "until", "rounds")


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows for whom: `when` are facts with such values; `needs` must be there, `lacks` must not.

    `set` are facts of the round's own. Rounds come `every` so often until the day of the fact `until`, and at
    most `rounds` times.
    """

    name: str
    title: str
    clock: Clock
    script: str
    profile: str
    told: frozenset[str]
    when: Mapping[str, Sequence[Fact]]
    needs: tuple[str, ...]
    lacks: tuple[str, ...]
    set: Mapping[str, Fact | Span] = field(default_factory=dict)
    every: int = 0
    until: str = ""
    rounds: int = 1

    def fits(self, facts: Mapping[str, Fact | None]) -> bool:
        """Whether the contact is one of those whom the rule is about."""
        return (
            all(facts.get(name) in values for name, values in self.when.items())
            and all(facts.get(name) for name in self.needs)
            and not any(facts.get(name) for name in self.lacks)
        )


def rules(kind: str) -> tuple[Rule, ...]:
    """The rules of a kind of list; none for what is no kind."""
    return _rules(kind) if kind in kinds() else ()


def dated() -> tuple[str, ...]:
    """The kinds with rules that follow from facts."""
    return tuple(name for name in kinds() if any(not rule.told for rule in rules(name)))


def rule_of(kind: str, name: str) -> Rule | None:
    """The rule of this name; None where the kind has it no more."""
    return next((rule for rule in rules(kind) if rule.name == name), None)


def first_rounds(
    kind: str, task_id: int, facts: Mapping[str, Fact], now: datetime, calendar: Calendar = CHINA
) -> Iterator[Round]:
    """What follows from the facts of a contact: of each rule the first round that is not over yet."""
    for rule in rules(kind):
        if not rule.told and rule.fits(facts):
            yield from next_round(rule, Root(task_id, rule.name), facts, now, calendar)


def after_call(
    kind: str,
    root: Root,
    said: Collection[str],
    facts: Mapping[str, Fact],
    ended: datetime,
    calendar: Calendar = CHINA,
) -> Iterator[Round]:
    """What follows a call: `said` are its outcome and reason, and what it promised and opened."""
    known = {**facts, ENDED: ended.astimezone(LOCAL).isoformat()}
    for rule in rules(kind):
        if rule.told & frozenset(said) and rule.fits(facts):
            done = root.round if root.rule == rule.name else 0
            yield from _round(rule, root.task_id, done + 1, known, ended, calendar)


def next_round(
    rule: Rule, root: Root, facts: Mapping[str, Fact], now: datetime, calendar: Calendar = CHINA
) -> Iterator[Round]:
    """The next round after that of the root which is not over before it begins; at most one."""
    for number in range(root.round + 1, rule.rounds + 1):
        found = list(_round(rule, root.task_id, number, facts, now, calendar))
        if found and (found[0].due_by is None or found[0].due_by > now):
            yield found[0]
            return


def _round(
    rule: Rule, task_id: int, number: int, facts: Mapping[str, Fact], now: datetime, calendar: Calendar
) -> Iterator[Round]:
    if number > rule.rounds:
        return
    found = due(_shifted(rule, number), facts, now.astimezone(LOCAL).date(), calendar)
    end = facts.get(rule.until)
    if found.starts is None or (rule.until and (not isinstance(end, str) or found.starts >= _over(end))):
        return
    if found.ends is None or found.ends > found.starts:
        own = json.dumps(dict(_own(rule, facts, now, calendar)), ensure_ascii=False)
        yield Round(task_id, rule.name, number, found.starts, found.ends, own)


def _own(
    rule: Rule, facts: Mapping[str, Fact], now: datetime, calendar: Calendar
) -> Iterator[tuple[str, Fact]]:
    """The facts of a round's own; a span among them is the day that it reaches."""
    for name, value in rule.set.items():
        if not isinstance(value, Span):
            yield name, value
            continue
        clock = replace(rule.clock, due_from=value, due_by=value)
        reached = due(clock, facts, now.astimezone(LOCAL).date(), calendar).starts
        if reached is not None:
            yield name, reached.astimezone(LOCAL).date().isoformat()


def _over(day: str) -> datetime:
    return midnight(date.fromisoformat(day[:10]) + timedelta(days=1))


def _shifted(rule: Rule, number: int) -> Clock:
    """The rule's clock, so many times `every` later."""
    ahead = (number - 1) * rule.every
    first, last = rule.clock.due_from, rule.clock.due_by
    return replace(
        rule.clock,
        due_from=replace(first, amount=first.amount + ahead),
        due_by=replace(last, amount=last.amount + ahead),
    )


@cache
def _rules(kind: str) -> tuple[Rule, ...]:
    found = load_kind(kind)
    try:
        return tuple(parsed(table, found.clock.starts) for table in found.follow_on)
    except KeyError as error:
        raise KindError(f"{kind}: follow_on: {error.args[0]}: is missing") from error
    except (ValueError, TypeError) as error:
        raise KindError(f"{kind}: follow_on: {error}") from error


def parsed(table: Mapping[str, Any], starts: str) -> Rule:
    """A rule from its table; what is counted from nothing else is from the fact `starts`."""
    if unknown := table.keys() - {*_KEYS, *_REPEAT}:
        raise ValueError(f"{min(unknown)}: is unknown; choose one of {', '.join((*_KEYS, *_REPEAT))}")
    clock = read_clock({"starts": starts, "due_from": table["due_from"], "due_by": table["due_by"]})
    every = _every(table.get("every", {}), clock)
    rounds = table.get("rounds", MOST_ROUNDS if "until" in table else 1)
    if not 1 <= rounds <= MOST_ROUNDS or (every and rounds == MOST_ROUNDS and "until" not in table):
        raise ValueError(
            f"{table['name']}: rounds: from 1 to {MOST_ROUNDS}, and `until` where it is the most"
        )
    return Rule(
        name=table["name"],
        title=table["title"],
        clock=clock,
        script=table.get("script", ""),
        profile=table.get("profile", ""),
        told=frozenset(table.get("told", ())),
        when=table.get("when", {}),
        needs=tuple(table.get("needs", ())),
        lacks=tuple(table.get("lacks", ())),
        set={name: _fact(value, starts) for name, value in table.get("set", {}).items()},
        every=every,
        until=table.get("until", ""),
        rounds=rounds,
    )


def _fact(value: Fact | Mapping[str, Any], starts: str) -> Fact | Span:
    if not isinstance(value, Mapping):
        return value
    return read_clock({"starts": starts, "due_from": value, "due_by": value}).due_from


def _every(table: Mapping[str, int], clock: Clock) -> int:
    """How far each round is from the one before, in the unit in which both ends of the clock are given."""
    if not table:
        return 0
    ((unit, amount),) = table.items()
    if not all(_counts(span, unit) for span in (clock.due_from, clock.due_by)) or amount < 1:
        raise ValueError(f"every: {unit}: give due_from and due_by in the same unit, and at least 1")
    return amount


def _counts(span: Span, unit: str) -> bool:
    return span.unit == unit and not span.by
