"""What a kind of list is: its columns, its clock, and what it is called with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNITS = ("minutes", "hours", "days", "months", "working_days")
"""Minutes and hours run through nights and holidays; working days are those of the mainland."""
PERIODS = ("month", "quarter")
"""What a clock may start from instead of a column: the month or quarter in which the list is imported."""
LINES = ("life", "property", "health")
COVERAGES = ("all", "sample", "quota")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: by which headers it is known, how its cells are read, which fact they give.

    `required`: the file must have the column. `empty`: the code of a row without a value; without it, such a
    row is accepted and lacks the fact. `example`: a cell as it may stand in a list.
    """

    name: str
    headers: tuple[str, ...]
    parser: str
    required: bool = False
    empty: str = ""
    fact: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: `amount` units, or read from the fact `by`, through `amounts` if there are any.

    It is counted from the fact `start`, or from the start of the clock; a negative amount goes back.
    """

    unit: str
    amount: int = 0
    by: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict)
    start: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """When a contact may and must be called, counted from the column or period `starts`.

    `alarms` count from the start, the negative ones from the deadline; `rule` is the row of
    scripts/clocks.toml that the clock keeps.
    """

    starts: str
    due_from: Span
    due_by: Span
    alarms: tuple[Span, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Scripts:
    """Which script each contact is for, by the fact `by`; the others are for the kind's own script."""

    by: str
    table: Mapping[str, str]

    def of(self, facts: Mapping[str, str | int | bool | None], own: str) -> str:
        """The script of a contact."""
        return self.table.get(str(facts.get(self.by, "")), own)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list; `key` names the fact that identifies a row, `derive` how further facts follow.

    `line` is the line of business, `coverage` how many of the list must be reached; `selection` and
    `follow_on` are read by whoever selects and follows up; `facts` are those of a row that says nothing else.
    """

    name: str
    title: str
    key: str
    line: str
    script: str
    profile: str
    coverage: str
    derive: tuple[str, ...]
    clock: Clock
    columns: tuple[Column, ...]
    selection: Mapping[str, Any] = field(default_factory=dict)
    follow_on: tuple[Mapping[str, Any], ...] = ()
    scripts: Scripts | None = None
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The column by its name."""
        return next((column for column in self.columns if column.name == name), None)
