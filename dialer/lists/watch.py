"""The batch watch: several customers behind one phone, address or recipient (S001-29)."""

from __future__ import annotations

import tomllib
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path

from dialer.errors import ListError
from dialer.lists.findings import Finding
from dialer.lists.memory import Firsts
from dialer.lists.rows import Row
from dialer.lists.words import plain

CODE = "shared_contact"
SHIPPED = Path(__file__).parent / "watch.toml"
NAMES = {"phone": ("电话", "phone"), "address": ("地址", "address"), "recipient": ("收件人", "recipient")}
"""What is watched, as remarks call it."""

Limits = Mapping[str, int]
"""From how many customers behind one thing a row is remarked."""


def load_limits(kind: str, path: Path = SHIPPED) -> Limits:
    """The limits for a kind of list; ListError names file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ListError(f"{path.name}: cannot be read: {error}") from error
    limits = {**data.get("default", {}), **data.get(kind, {})}
    for what, least in limits.items():
        if what not in NAMES or type(least) is not int or least < 2:
            raise ListError(f"{path.name}: {what}: give one of {', '.join(NAMES)}, and 2 customers or more")
    return limits


class Watch:
    """Remembers who was seen first behind each number, address and recipient of a list."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._things = Firsts()
        self._owners, self._places = array("q"), array("q")
        self._crowds: dict[int, set[int]] = {}

    def look(self, customer: str, watched: Iterable[tuple[str, str | int]], place: int) -> dict[str, int]:
        """What was seen before behind enough other customers, with the place at which it was seen first."""
        found: dict[str, int] = {}
        owner, here = hash(customer), len(self._owners)
        self._owners.append(owner)
        self._places.append(place)
        for what, value in watched:
            key = hash((what, value))
            first = self._things.first(key, here)
            if self._owners[first] != owner and self._crowded(key, owner, self._limits[what]):
                found.setdefault(what, self._places[first])
        return found

    def _crowded(self, key: int, owner: int, least: int) -> bool:
        """Whether there are enough customers; beyond that nobody is counted."""
        others = self._crowds.setdefault(key, set())
        if len(others) + 1 < least:
            others.add(owner)
        return len(others) + 1 >= least


def watched(row: Row, limits: Limits) -> tuple[tuple[str, str | int], ...]:
    """The things of a row that are looked at; who takes delivery of the own policy is no recipient."""
    things: list[tuple[str, str | int]] = []
    if "phone" in limits:
        phones = (*row.phones, *row.numbers("recipient_phone"))
        things += [("phone", phone.number) for phone in phones]
    if "address" in limits:
        addresses = (row.text("address"), row.text("recipient_address"))
        things += [("address", "".join(plain(text).split())) for text in dict.fromkeys(addresses) if text]
    if "recipient" in limits and row.text("recipient") not in ("", row.text("holder")):
        things.append(("recipient", row.text("recipient")))
    return tuple(things)


def remark(line: int, found: Mapping[str, str]) -> Finding:
    """What to check about things that other customers have as well: by thing, where it was seen first."""
    what = "和".join(NAMES[thing][0] for thing in found)
    what_en = " and ".join(NAMES[thing][1] for thing in found)
    first = next(iter(found.values()))
    return Finding(
        line,
        what,
        f"{what}与第{first}行的另一位客户相同，请核对是否为本人联系方式",
        CODE,
        f"the {what_en} of another customer in line {first}; check that it is the customer's own",
    )
