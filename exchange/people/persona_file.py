"""Reading personas (TOML) and people (JSON); every complaint names file, persona and key."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from exchange.errors import SettingError
from exchange.faults_file import span
from exchange.people.persona import LINES, Persona, Rule

SHIPPED = Path(__file__).with_name("personas.toml")
"""The customers everybody gets who names no file."""

CALLERS = SHIPPED.with_name("callers.toml")
"""People whom nobody meets by chance, and everybody may name."""

_KEYS = re.compile(r"(?:[0-9A-D*#wW]|\{[a-z_]+\})+")


def everybody(path: Path) -> tuple[Persona, ...]:
    """The personas of a file, and the shipped callers it has none of the same name for."""
    own = personas(path)
    if not sum(persona.weight for persona in own) > 0:
        raise SettingError(f"{path}: no persona has a weight above 0: nobody would answer")
    names = {persona.name for persona in own}
    return own + tuple(persona for persona in personas(CALLERS) if persona.name not in names)


def personas(path: Path) -> tuple[Persona, ...]:
    """The personas of a file, those of weight 0 included."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path}: {error}") from error
    if unknown := set(data) - {"rules", "persona"}:
        raise SettingError(
            f"{path}: {sorted(unknown)[0]!r} is unknown here: use [persona.NAME] and [[rules.NAME]]"
        )
    shared = {name: _rules(f'{path}: rules "{name}"', rules) for name, rules in data.get("rules", {}).items()}
    return tuple(_persona(path, name, table, shared) for name, table in data.get("persona", {}).items())


def people(path: Path, personas: Iterable[Persona] = ()) -> dict[str, dict[str, str]]:
    """What single numbers know: `{"8613812345678": {"id_tail": "1234"}}`, and which persona they are."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SettingError(f"{path}: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(facts, dict) for facts in data.values()):
        raise SettingError(f"{path}: an object of numbers with an object of facts each is wanted")
    known = [persona.name for persona in personas]
    for number, facts in data.items():
        if "persona" in facts and facts["persona"] not in known:
            raise SettingError(
                f'{path}: "{number}": persona: there is no {facts["persona"]!r}: see --personas'
            )
    return {
        number.lstrip("+"): {key: str(value) for key, value in facts.items()}
        for number, facts in data.items()
    }


def _persona(path: Path, name: str, table: Any, shared: Mapping[str, tuple[Rule, ...]]) -> Persona:
    where = f'{path}: persona "{name}"'
    if not isinstance(table, dict):
        raise SettingError(f"{where}: a table is wanted: write [persona.{name}]")
    rules = _rules(where, table.get("rule", []))
    for used in _texts(f"{where}: use", table.get("use", [])):
        if used not in shared:
            raise SettingError(f"{where}: use: there are no rules {used!r}: add [[rules.{used}]]")
        rules += shared[used]
    plain = {key: value for key, value in table.items() if key not in ("rule", "use")}
    values = {key: _persona_value(f"{where}: {key}", key, value) for key, value in plain.items()}
    if "weight" not in values:
        raise SettingError(f"{where}: weight: missing: give a number, 0 to keep it out")
    return Persona(name=name, **{"title": name, **values}, rules=rules)


def _persona_value(where: str, key: str, value: Any) -> Any:
    if key == "line":
        return _lines(where, value)
    if key in ("greeting", "small_talk"):
        return _texts(where, value)
    if key in ("rings", "delay", "talks", "hangs_up_after"):
        return span(where, value)
    if key in ("title", "voice"):
        return _text(where, value)
    if key in ("beep", "fax"):
        return _flag(where, value)
    if key == "speaks":
        return _number(where, value, 1.0)
    if key in ("weight", "greeting_after"):
        return _number(where, value, None)
    if key == "hangs_up_after_answers":
        return _count(where, value)
    raise SettingError(f"{where}: unknown key")


def _rules(where: str, tables: Any) -> tuple[Rule, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingError(f"{where}: rules must be a list of tables")
    return tuple(_rule(f"{where}: rule {number}", table) for number, table in enumerate(tables, 1))


def _rule(where: str, table: dict[str, Any]) -> Rule:
    if "heard" not in table:
        raise SettingError(f"{where}: heard: missing: give a regular expression for the words heard")
    values = {key: _rule_value(f"{where}: {key}", key, value) for key, value in table.items()}
    rule = Rule(**values)
    if not (rule.keys or rule.say or rule.silent or rule.hang_up):
        raise SettingError(f"{where}: it does nothing: give keys, say, silent or hang_up")
    return rule


def _rule_value(where: str, key: str, value: Any) -> Any:
    if key == "heard":
        return _pattern(where, value)
    if key == "keys":
        return _keys(where, value)
    if key == "say":
        return _texts(where, value)
    if key in ("times", "attempts"):
        return _count(where, value)
    if key in ("chance", "interrupts"):
        return _number(where, value, 1.0)
    if key == "after":
        return span(where, value)
    if key in ("silent", "hang_up"):
        return _flag(where, value)
    raise SettingError(f"{where}: unknown key")


def _pattern(where: str, value: Any) -> re.Pattern[str]:
    try:
        return re.compile(_text(where, value))
    except re.error as error:
        raise SettingError(f"{where}: no regular expression: {error}") from error


def _lines(where: str, value: Any) -> tuple[str, ...]:
    lines = _texts(where, value)
    for line in lines:
        if line not in LINES:
            raise SettingError(f"{where}: {line!r} is unknown: use one of {', '.join(LINES)}")
    return lines


def _keys(where: str, value: Any) -> tuple[str, ...]:
    keys = _texts(where, value)
    for one in keys:
        if not _KEYS.fullmatch(one):
            raise SettingError(f"{where}: {one!r} is not on a telephone: use 0-9, *, #, A-D, w and {{fact}}")
    return keys


def _texts(where: str, value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    return tuple(_text(where, text) for text in texts)


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SettingError(f"{where}: a text in quotes is wanted")
    return value


def _flag(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise SettingError(f"{where}: true or false is wanted")
    return value


def _count(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingError(f"{where}: a whole number from 1 on is wanted")
    return value


def _number(where: str, value: Any, most: float | None) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value < 0
        or (most is not None and value > most)
    ):
        raise SettingError(f"{where}: a number from 0 {'on' if most is None else f'to {most:g}'} is wanted")
    return float(value)
