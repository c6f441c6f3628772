"""The home directory: database, audio, keys, and who the company is."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialer.calendar import CHINA, Calendar, read_calendar
from dialer.errors import ProfileError
from dialer.lists.kinds.model import LINES
from dialer.opening import read_opening
from dialer.rulebook import Callers

COMPANY = """\
# Who calls. Customers hear the name and the hotline; only the numbers listed here may be shown to them.
name = "{name}"
hotline = "{hotline}"
staff_name = "{staff_name}"
staff_no = "{staff_no}"
numbers = [{numbers}]

# Which of them calls of one business line show, and no other line's: life, property, health. A number that
# is not named here is shown by all.
[lines]
{lines}
# When people answer the hotline: 8 hours at least on working days; never on statutory holidays.
[people]
working_days = {working_days}
other_days = {other_days}
"""


Hours = tuple[tuple[str, str], ...]
"""Pairs like `("09:00", "18:00")`."""
USUAL: Hours = (("09:00", "18:00"),)


class HomeError(Exception):
    """A file of the home is missing or broken; the message names the file, the key, and what to do."""


@dataclass(frozen=True, slots=True)
class Company:
    """The insurer as customers hear it; `numbers` are the caller numbers that may be shown, E.164 digits.

    `lines` names those of them that belong to one business line (S001-39). `working_days` and `other_days`
    are the hours in which people answer the hotline.
    """

    name: str
    hotline: str
    staff_name: str
    staff_no: str
    numbers: tuple[int, ...]
    working_days: Hours = USUAL
    other_days: Hours = ()
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def callers(self) -> Callers:
        """Return which numbers the gate lets calls of a business line show."""
        bound = {number for numbers in self.lines.values() for number in numbers}
        lines = {line: frozenset(numbers) for line, numbers in self.lines.items()}
        return Callers(frozenset(self.numbers) - bound, lines)

    def shown(self, line: str) -> tuple[int, ...]:
        """Return the numbers that calls of a business line may show, its own first."""
        may = self.callers().of(line)
        return tuple(dict.fromkeys((*self.lines.get(line, ()), *(one for one in self.numbers if one in may))))

    def facts(self) -> dict[str, str]:
        """Return the facts that scripts speak."""
        return {
            "company": self.name,
            "hotline": self.hotline,
            "staff_name": self.staff_name,
            "staff_no": self.staff_no,
        }


@dataclass(frozen=True, slots=True)
class Home:
    """The places of a home."""

    root: Path

    @property
    def audio(self) -> Path:
        """Where recordings are kept."""
        return self.root / "audio"

    @property
    def wishes(self) -> Path:
        """Where wishes not to be called wait while the ledger cannot be written."""
        return self.root / "wishes"

    @property
    def company_file(self) -> Path:
        """Who the company is."""
        return self.root / "company.toml"

    @property
    def products_file(self) -> Path:
        """The product catalogue; the shipped one is used where the home has none."""
        return self.root / "products.toml"

    @property
    def policy_source_file(self) -> Path:
        """Whom to ask before each call whether it is still due."""
        return self.root / "policy_source.toml"

    @property
    def holidays_file(self) -> Path:
        """Holidays of years that the library of published ones does not know yet."""
        return self.root / "holidays.csv"

    @property
    def kinds(self) -> Path:
        """The home's own kinds of list, one TOML file each."""
        return self.root / "kinds"

    def calendar(self) -> Calendar:
        """The working days of the mainland, with the years of holidays.csv."""
        return read_calendar(self.holidays_file) if self.holidays_file.exists() else CHINA

    def make(self) -> None:
        """Create the directories, readable by the owner alone."""
        for place in (self.root, self.audio, self.root / "keys"):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def customer_key(self) -> bytes:
        """Return the key that turns identity numbers into customer keys; made once, never changed."""
        self.make()
        path = self.root / "keys" / "customer.key"
        if not path.exists():
            write_once(path, secrets.token_hex(32) + "\n")
        try:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        except ValueError:
            raise HomeError(f"{path}: is no key; restore it from a backup, it must not change") from None

    def company(self) -> Company:
        """Read company.toml; raise HomeError naming the key that is missing or wrong."""
        return read_company(self.company_file)


def write_once(path: Path, text: str) -> None:
    """Put a whole private file there in one step; of several processes that try, the first one wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_company(path: Path, company: Company) -> None:
    """Write company.toml, for `huifang init` and the demo."""
    numbers = _listed(company.numbers).strip("[]")
    path.write_text(
        COMPANY.format(
            name=company.name,
            hotline=company.hotline,
            staff_name=company.staff_name,
            staff_no=company.staff_no,
            numbers=numbers,
            lines="".join(f"{line} = {_listed(those)}\n" for line, those in company.lines.items()),
            working_days=json.dumps(company.working_days),
            other_days=json.dumps(company.other_days),
        ),
        encoding="utf-8",
    )


def read_company(path: Path) -> Company:
    """Return the company of a company.toml."""
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except FileNotFoundError:
        raise HomeError(f"{path}: is missing; run `huifang init` and fill it in") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HomeError(f"{path}: is not valid TOML: {error}") from None
    return Company(
        name=_text(path, data, "name"),
        hotline=_text(path, data, "hotline"),
        staff_name=_text(path, data, "staff_name"),
        staff_no=_text(path, data, "staff_no"),
        numbers=_numbers(path, data, "numbers"),
        lines=_lines(path, data),
        **_hours(path, data),
    )


def _text(path: Path, data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise HomeError(f"{path}: {key}: must be a text that is not empty")
    return value.strip()


def _hours(path: Path, data: dict[str, Any]) -> dict[str, Hours]:
    """The hours of people; a company.toml without them has the usual ones."""
    people = data.get("people", {})
    names = ("working_days", "other_days")
    found = {name: people[name] for name in names if name in people} if isinstance(people, dict) else {}
    try:
        hours = {name: tuple((str(opens), str(closes)) for opens, closes in found[name]) for name in found}
        read_opening(hours.get("working_days", USUAL), hours.get("other_days", ()))
    except (TypeError, ValueError, ProfileError) as error:
        raise HomeError(f"{path}: people: {error}") from None
    return hours


def _lines(path: Path, data: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The numbers of business lines; a company.toml without them lets every line show every number."""
    table = data.get("lines", {})
    if not isinstance(table, dict) or not set(table) <= set(LINES):
        raise HomeError(f"{path}: lines: name business lines: {', '.join(LINES)}")
    lines = {line: _numbers(path, table, line) for line in table}
    bound = [number for numbers in lines.values() for number in numbers]
    if not set(bound) <= set(_numbers(path, data, "numbers")):
        raise HomeError(f"{path}: lines: name only numbers that stand in numbers")
    if len(bound) != len(set(bound)):
        raise HomeError(f"{path}: lines: a number belongs to one line alone")
    return lines


def _listed(numbers: tuple[int, ...]) -> str:
    return json.dumps([f"+{number}" for number in numbers])


def _numbers(path: Path, data: dict[str, Any], key: str) -> tuple[int, ...]:
    values = data.get(key)
    if not isinstance(values, list) or not values:
        raise HomeError(f"{path}: {key}: must list at least one caller number like +8675595511")
    for value in values:
        if not (isinstance(value, str) and value.startswith("+") and value[1:].isdigit()):
            raise HomeError(f"{path}: {key}: {value!r} must be + and digits, like +8675595511")
    return tuple(int(value) for value in values)
