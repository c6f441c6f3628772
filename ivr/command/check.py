"""`huifang scripts check`: no script is used for a call that is not proven."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import click

from ivr.command.shelf import find
from scripts.load import LIBRARY, PARTS
from scripts.model import Script, ScriptError
from scripts.proofs import prove
from scripts.proofs.finding import Finding
from scripts.proofs.knowing import needs

WHO = {"robot": "机器人", "agent": "坐席", "customer": "客户", "note": "＊"}


@click.command("check")
@click.argument("scripts", nargs=-1, metavar="[FILE|NAME]...")
@click.option("--region", default="", help="Prove them in the words of this region, by its rules.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", help="Language of the findings.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.pass_context
def check(
    context: click.Context, scripts: tuple[str, ...], region: str, language: str, json_wanted: bool
) -> None:
    """Prove scripts (files or names; without any the whole library); exit 1 if one is not proven."""
    rows = _rows(scripts or _shipped(), region, language)
    if json_wanted:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            _print(row)
    context.exit(0 if all(row["ok"] for row in rows) else 1)


def _shipped() -> list[str]:
    return [str(path) for path in sorted(LIBRARY.glob("*.toml")) if path.name not in PARTS]


def _rows(names: Sequence[str], region: str, language: str) -> list[dict[str, Any]]:
    """The scripts in their order, several at once where the machine can."""
    if len(names) == 1:
        return [_row(names[0], region, language)]
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(_row, region=region, language=language), names))


def _row(name: str, region: str, language: str) -> dict[str, Any]:
    try:
        script = find(f"{name}@{region}" if region else name)
    except (ScriptError, OSError, click.ClickException) as error:
        return {"file": name, "ok": False, "error": str(error), "findings": []}
    found = prove(script)
    return {
        "file": name,
        "script": _name(script),
        "ok": not found,
        "needs": list(needs(script)),
        "findings": [_finding(one, language) for one in found],
    }


def _name(script: Script) -> str:
    return f"{script.place} {script.version}"


def _finding(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "basis": list(finding.basis),
        "file": finding.file,
        "step": finding.step,
        "message": finding.message(language),
        "talk": [{"who": line.who, "words": line.words} for line in finding.talk],
    }


def _print(row: dict[str, Any]) -> None:
    if row["ok"]:
        click.echo(f"ok  {row['script']}")
    elif "error" in row:
        click.echo(f"!!  {row['error']}")
    else:
        click.echo(f"!!  {row['script']}: {len(row['findings'])}")
    for one in row["findings"]:
        place = f'{one["file"]}: step "{one["step"]}"' if one["step"] else one["file"]
        click.echo(f"    {place}: {one['rule']} [{' '.join(one['basis'])}]: {one['message']}")
        for line in one["talk"]:
            click.echo(f"        {WHO[line['who']]}　{line['words']}")
