"""A TOML table that is read key by key and says clearly what is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from scripts.model import ScriptError

E = TypeVar("E", bound=StrEnum)


def fault(file: str, step: str, key: str, message: str) -> ScriptError:
    """An error in the one form all errors of script files have."""
    place = f'step "{step}": ' if step else ""
    return ScriptError(f"{file}: {place}{key}: {message}")


class Table:
    """One table of a script file; keys that nobody read are reported by `done`."""

    def __init__(self, data: object, file: str, step: str = "", path: str = "") -> None:
        if not isinstance(data, dict):
            raise fault(file, step, path or "file", "must be a table, write key = value pairs")
        self._data: dict[str, object] = data
        self._read: set[str] = set()
        self.file, self.step, self.path = file, step, path

    def fault(self, key: str, message: str) -> ScriptError:
        """An error at one key of this table."""
        return fault(self.file, self.step, f"{self.path}.{key}" if self.path else key, message)

    def get(self, key: str) -> object:
        """The raw value, None when absent."""
        self._read.add(key)
        return self._data.get(key)

    def has(self, key: str) -> bool:
        """Whether the key stands in the file."""
        return key in self._data

    def names(self) -> tuple[str, ...]:
        """All keys, in the order of the file."""
        return tuple(self._data)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "must be a text in quotation marks and not empty")
        return value

    def needed(self, key: str) -> str:
        """A text that must be there."""
        if not self.has(key):
            raise self.fault(key, "is missing, add it")
        return self.text(key)

    def flag(self, key: str) -> bool:
        """A true or false, false when absent."""
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.fault(key, "must be true or false")
        return bool(value)

    def whole(self, key: str, default: int | None = None) -> int | None:
        """A whole number."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fault(key, "must be a whole number")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        value = self.get(key)
        if value is None:
            return ()
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, str) and row for row in rows):
            raise self.fault(key, "must be a list of texts")
        return tuple(rows)

    def one_of(self, key: str, allowed: type[E]) -> E | None:
        """A member of a closed set."""
        value = self.get(key)
        if value is None:
            return None
        if value not in list(allowed):
            raise self.fault(key, f"{value!r} is unknown, use one of: {', '.join(allowed)}")
        return allowed(str(value))

    def table(self, key: str) -> Table:
        """A table within; an empty one when absent."""
        data = self.get(key)
        return Table({} if data is None else data, self.file, self.step, self._below(key))

    def tables(self, key: str) -> Mapping[str, Table]:
        """The tables within a table, by name, in the order of the file."""
        rows = self.table(key)
        return {name: Table(rows.get(name), self.file, self.step, rows._below(name)) for name in rows.names()}

    def raw(self) -> Mapping[str, object]:
        """Everything in the table, as TOML gave it."""
        return self._data

    def done(self, known: Collection[str] = ()) -> None:
        """Complain about the first key that nobody asked for."""
        for key in self._data:
            if key not in self._read:
                hint = f"; here one may write: {', '.join(sorted({*known, *self._read}))}"
                raise self.fault(key, f"unknown key, correct or remove it{hint}")

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def read(path: Path) -> Table:
    """The table that a whole file is; ScriptError where it is not there or no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScriptError(f"{path.name}: file: is not there, correct its path") from None
    except UnicodeDecodeError:
        raise ScriptError(f"{path.name}: file: is not UTF-8, save it as UTF-8") from None
    try:
        return Table(tomllib.loads(text), path.name)
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(f"{path.name}: file: is not TOML: {error}{_wide(text, str(error))}") from None


def _wide(text: str, error: str) -> str:
    """Name the signs of a Chinese keyboard on the line of an error: they look like those of TOML."""
    line = re.search(r"at line (\d+)", error)
    plain = re.sub(r'"[^"]*"', "", text.splitlines()[int(line[1]) - 1]) if line else ""
    signs = "".join(dict.fromkeys(re.findall("[“”‘’，＝｛｝［］＃]", plain)))
    return f"; {signs} on that line: write the plain signs of an English keyboard" if signs else ""
