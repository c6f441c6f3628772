"""Values that several operations take or give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")
"""A misspelt field is an error, never silently left out."""
MOST = 2**63 - 1
"""The largest number that a row can have."""

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
RowId = Annotated[int, Field(ge=1, le=MOST)]
Counts = dict[str, int]
Moment = AwareDatetime


@dataclass(frozen=True, slots=True, config=STRICT)
class Page:
    """Which part of a listing: `after` is the `next` of the part before."""

    after: Annotated[int, Field(ge=0, le=MOST)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


def following(items: Sequence[object], limit: int, last: int) -> int | None:
    """The `after` of the next part; None where there is none."""
    return last if len(items) == limit else None
