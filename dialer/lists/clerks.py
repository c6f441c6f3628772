"""Clerks: processes that examine the rows of a large list while the import compares and stores them.

python -m dialer.lists.clerks is one of them: it is given terms, layout and blocks of rows on its standard
input, and ends with it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

from dialer.errors import ListError
from dialer.lists.examine import Examined, Examiner, Terms
from dialer.lists.layout import Layout
from dialer.lists.source import Record

Block = list[Record]
LARGE = 16 << 20
"""Bytes of a list from which it pays to start other processes."""
MOST = 2
"""The import itself is busy all the time with what two of them examine."""


def clerks_for(size: int) -> int:
    """How many clerks a list of this size is given: none on a single processor."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return MOST if size >= LARGE and processors > 1 else 0


def examined(
    terms: Terms, place: Layout, blocks: Iterator[Block], clerks: int
) -> Iterator[tuple[Block, list[Examined]]]:
    """Every block with what became of its rows, in their order."""
    if not clerks:
        examiner = Examiner(terms, place)
        yield from ((block, examiner.examine(block)) for block in blocks)
        return
    with ExitStack() as stack:
        staff = [stack.enter_context(_clerk(terms, place)) for _ in range(clerks)]
        yield from _in_turns(staff, blocks)


def _in_turns(staff: list[_Clerk], blocks: Iterator[Block]) -> Iterator[tuple[Block, list[Examined]]]:
    """A clerk has one block at a time, and the next one before what it gave back is looked at."""
    waiting: list[tuple[_Clerk, Block]] = []
    for clerk, block in zip(staff, blocks, strict=False):
        clerk.give(block)
        waiting.append((clerk, block))
    while waiting:
        clerk, block = waiting.pop(0)
        done = clerk.take()
        if following := next(blocks, None):
            clerk.give(following)
            waiting.append((clerk, following))
        yield block, done


class _Clerk:
    """One process, and the pipes to it and from it."""

    def __init__(self, to: IO[bytes], back: IO[bytes]) -> None:
        self._to, self._back = to, back

    def give(self, what: object) -> None:
        try:
            pickle.dump(what, self._to, pickle.HIGHEST_PROTOCOL)
            self._to.flush()
        except OSError as error:
            raise _gone() from error

    def take(self) -> list[Examined]:
        try:
            done: list[Examined] = pickle.load(self._back)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise _gone() from error
        return done


@contextmanager
def _clerk(terms: Terms, place: Layout) -> Iterator[_Clerk]:
    """A process that is told to end by the end of its input, also when this one is killed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-m", "dialer.lists.clerks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # an interrupt from the keyboard is the import's to deal with
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            clerk = _Clerk(process.stdin, process.stdout)
            clerk.give((terms, place))
            yield clerk
        finally:
            process.kill()
            process.stdout.close()
            with suppress(OSError):  # what a clerk that has ended was not given yet
                process.stdin.close()


def _gone() -> ListError:
    return ListError("a process that examined rows has ended; import the file again, it goes on where it was")


def main() -> None:
    """Examine what comes in until nothing comes any more."""
    to, back = sys.stdin.buffer, sys.stdout.buffer
    examiner = Examiner(*pickle.load(to))
    while True:
        try:
            block: Block = pickle.load(to)
        except EOFError:
            return
        pickle.dump(examiner.examine(block), back, pickle.HIGHEST_PROTOCOL)
        back.flush()


if __name__ == "__main__":
    main()
