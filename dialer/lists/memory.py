"""What a walk through a list remembers of a million rows, in eight bytes a number and without their texts."""

from __future__ import annotations

from array import array

_SMALLEST = 1 << 12
_FULL = 0.6


class Firsts:
    """Where each key was seen first: an open table of 64-bit hashes, 16 bytes for each of its slots."""

    def __init__(self) -> None:
        self._size = 0
        self._open(_SMALLEST)

    def first(self, key: int, place: int) -> int:
        """The place at which the key was seen first; `place` when it is new."""
        key = key or 1  # zero marks an empty slot
        keys, mask = self._keys, self._mask
        at = key & mask
        while known := keys[at]:
            if known == key:
                return self._places[at]
            at = (at + 1) & mask
        keys[at], self._places[at] = key, place
        self._size += 1
        if self._size > self._most:
            self._grow()
        return place

    def _open(self, slots: int) -> None:
        self._mask, self._most = slots - 1, int(slots * _FULL)
        self._keys, self._places = array("q", bytes(8 * slots)), array("q", bytes(8 * slots))

    def _grow(self) -> None:
        keys, places = self._keys, self._places
        self._open(2 * len(keys))
        new, mask = self._keys, self._mask
        for key, place in zip(keys, places, strict=True):
            if key:
                at = key & mask
                while new[at]:
                    at = (at + 1) & mask
                new[at], self._places[at] = key, place
