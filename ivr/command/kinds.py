"""`huifang lists kinds`: the kinds of list, and what the columns of one may be called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from dialer.errors import KindError
from dialer.lists.derivations import derivations
from dialer.lists.kinds import Clock, Column, Kind, Span, kinds, load_kind
from dialer.profile import profiles
from ivr.command.office import as_json, office, show
from scripts.duties import CLOCKS
from scripts.load import library

KINDS = ("kind", "title", "coverage", "due_by")


class _KindName(click.ParamType[str]):
    """The name of a kind, of the home's own too."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        office()
        if value not in kinds():
            self.fail(f'"{value}" is unknown; choose one of: {", ".join(kinds())}', param, ctx)
        return value


KIND = _KindName()
"""What an option that names a kind of list takes."""


@click.command("kinds")
@click.argument("name", required=False)
@as_json
def kinds_(name: str | None, as_json: bool) -> None:
    """Show the kinds of list, or the columns of one with every header by which they are known."""
    office()  # the home may have kinds of its own
    if not name:
        show([_kind(load_kind(one)) for one in kinds()], json_wanted=as_json, columns=KINDS)
        return
    kind = _sound(load_kind(name))
    body = _kind(kind) | {"columns": [_column(column) for column in kind.columns]}
    click.echo(json.dumps(body, ensure_ascii=False, indent=1) if as_json else "\n".join(_page(kind)))


def _sound(kind: Kind) -> Kind:
    """The kind, if what it names exists: who adds one looks at it here first."""
    derivations(kind)
    for key, wanted, known in (
        ("script", kind.script, tuple(library())),
        ("profile", kind.profile, profiles()),
        ("clock.rule", kind.clock.rule, ("", *CLOCKS)),
    ):
        if wanted not in known:
            raise KindError(
                f'{kind.name}.toml: {key} "{wanted}": choose one of {", ".join(filter(None, known))}'
            )
    return kind


def _page(kind: Kind) -> Iterator[str]:
    """What a person needs who prepares such a list."""
    told = _kind(kind)
    yield f"{kind.name} · {kind.title} · {told['scripts']} · {kind.profile} · {kind.coverage}"
    yield f"due from {told['due_from']}, by {told['due_by']}; the clock starts with {told['starts']}"
    yield "* the file must have the column   ! a row without it is refused"
    for column in kind.columns:
        marks = ("*" if column.required else " ") + ("!" if column.empty else " ")
        yield f"{marks} {column.name:20} {'、'.join(column.headers)}"
        if answers := "、".join(dict.fromkeys(column.choices.values())):
            yield f"{'':23} = {answers}"


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "headers": column.headers,
        "required": column.required,
        "empty": column.empty,
        "answers": tuple(dict.fromkeys(column.choices.values())),
        "example": column.example,
    }


def _kind(kind: Kind) -> dict[str, Any]:
    scripts = dict.fromkeys((kind.script, *(kind.scripts.table.values() if kind.scripts else ())))
    return {
        "kind": kind.name,
        "title": kind.title,
        "line": kind.line,
        "coverage": kind.coverage,
        "scripts": ", ".join(scripts),
        "starts": kind.clock.starts,
        "due_from": _told(kind.clock, kind.clock.due_from),
        "due_by": _told(kind.clock, kind.clock.due_by),
    }


def _told(clock: Clock, span: Span) -> str:
    """A length of time in words: `+72 hours`, `-15 working_days from grace_end`, `period_end`."""
    start = f" from {span.start}" if span.start and span.start != clock.starts else ""
    if span.amounts:
        amounts = " / ".join(f"{amount:+} ({value})" for value, amount in span.amounts.items())
        return f"{amounts} {span.unit}{start}"
    if span.by:
        return f"+{span.by} {span.unit}{start}"
    if not span.amount:
        return span.start or "start"
    return f"{span.amount:+} {span.unit}{start}"
