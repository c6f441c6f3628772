"""Numbers in rising order, each once, in memory that does not grow with their count."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryFile
from typing import IO

RUN = 500_000
"""Numbers sorted at once: some 40 MB."""
BLOCK = 8_192


def rising(numbers: Iterable[int]) -> Iterator[int]:
    """Sort through runs in temporary files, which are gone with the iterator."""
    walk = iter(numbers)
    runs: list[IO[bytes]] = []
    try:
        while run := sorted(set(islice(walk, RUN))):
            runs.append(_kept(run))
        last = -1
        for number in heapq.merge(*map(_read, runs)):
            if number != last:
                yield number
            last = number
    finally:
        for file in runs:
            file.close()


@dataclass(frozen=True, slots=True)
class Spool:
    """Rising numbers in a temporary file, to be read more than once."""

    file: IO[bytes]
    count: int

    def __iter__(self) -> Iterator[int]:
        self.file.seek(0)
        return _read(self.file)


@contextmanager
def spooled(numbers: Iterable[int]) -> Iterator[Spool]:
    """Numbers sorted into a file, as long as the block lasts."""
    with TemporaryFile() as file:
        walk, count = rising(numbers), 0
        while block := array("q", islice(walk, BLOCK)):
            block.tofile(file)
            count += len(block)
        yield Spool(file, count)


def _kept(run: list[int]) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 it is closed by who reads it
    array("q", run).tofile(file)
    file.seek(0)
    return file


def _read(file: IO[bytes]) -> Iterator[int]:
    while block := file.read(BLOCK * 8):
        yield from array("q", block)
