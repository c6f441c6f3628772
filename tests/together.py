"""Which worker runs what: tests of one file in one worker, and files of one group after one another.

pytest-xdist's own groups are told by the ids of tests, which pytest 9.2 no longer lets it change.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

GROUP = re.compile(r'xdist_group\("(\w+)"\)')


@cache
def group_of(file: str) -> str:
    """The group that a file of tests names, or the file itself."""
    found = GROUP.search(Path(file).read_text(encoding="utf-8"))
    return found[1] if found else file


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist's class has no exported types
    """Gives a worker the next group."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.split("::")[0])


def longest_first(items: list[pytest.Item]) -> None:
    """Groups take minutes: the worker that gets one must not begin with it when the other has finished."""
    items.sort(key=lambda item: group_of(str(item.path)) == str(item.path))
