"""`huifang scripts play` and `diagram`: a script walked in the terminal, and as a picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from ivr.authoring.effects import plain
from ivr.authoring.showing import shown
from ivr.command.shelf import find
from scripts import sample
from scripts.conditions import title
from scripts.drawing import svg
from scripts.model import Script
from scripts.playing import AFTER_A_CALL, Given, Moment, NoSuchFact, answered, begun, fact
from scripts.retelling import CUSTOMER, lines, words
from scripts.screen import screen
from scripts.values import Facts, Input, Performer

BACK, OPEN, HELP, QUIT = "<", "?", "h", "q"
EVENTS = {"": Input.SILENCE, "-": Input.SILENCE, "x": Input.HANGUP}
KEYS = frozenset("0123456789*#")
WHO = {"robot": "机器", "agent": "坐席", CUSTOMER: "客户", "note": "——"}
HELP_TEXT = (
    "数字：按键　其他：客户说的话　回车：不出声　x：挂断　"
    "+：坐席接起　!：没有坐席　<：退一步　?：还有哪些必须说　q：结束"
)
STATES = {"done": "✓", "bad": "✗", "now": "▸", "open": "·"}


@click.command()
@click.argument("script")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; without it standard output.")
@click.option("--english", is_flag=True, help="Labels in English.")
def diagram(script: str, out: Path | None, english: bool) -> None:
    """Draw a script (a name, or a file) as an SVG picture."""
    picture = svg(find(script), "en" if english else "zh")
    if out is None:
        click.echo(picture)
    else:
        out.write_text(picture, encoding="utf-8")


@click.command()
@click.argument("script")
@click.option("--fact", "chosen", multiple=True, metavar="NAME=VALUE", help="A fact other than the sample's.")
@click.option("--ask", is_flag=True, help="Ask for every fact that a condition reads.")
@click.option(
    "--performer",
    type=click.Choice([who.value for who in Performer]),
    default=None,
    help="Whose side to walk; the robot's.",
)
def play(script: str, chosen: tuple[str, ...], ask: bool, performer: str | None) -> None:
    """Walk a script (a name, or a file) with sample facts: answer by keys or words, line by line."""
    found = find(script)
    facts = sample.facts(found, dict(_chosen(found, chosen)))
    if ask:
        facts |= dict(_asked(found, facts))
    who = Performer(performer) if performer else found.performers[0]
    if who not in found.performers:
        raise click.UsageError(f"{found.name} is performed by {', '.join(found.performers)} only")
    table = Table(found, facts, who)
    click.echo(f"{found.title} · {found.name} {found.version} · {found.digest[:12]}")
    click.echo(HELP_TEXT)
    table.walk()
    table.tell()


def _chosen(script: Script, pairs: tuple[str, ...]) -> Iterator[tuple[str, str | int | bool]]:
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise click.UsageError(f"--fact {pair}: write NAME=VALUE")
        try:
            yield name, fact(script, name, text)
        except NoSuchFact as error:
            raise click.UsageError(f"--fact {error}") from None


def _asked(script: Script, facts: Facts) -> Iterator[tuple[str, str | int | bool]]:
    """Ask for each fact by the number of a way; a line without one keeps what is there."""
    for name, ways in sample.domain(script).items():
        choices = "  ".join(f"[{at}] {way}" for at, way in enumerate(ways, 1))
        click.echo(f"{title(name)} ({name} = {facts[name]}): {choices}")
        line = _read()
        if line and line.isdecimal() and 1 <= int(line) <= len(ways):
            yield name, ways[int(line) - 1]


def _read() -> str | None:
    """The next line typed or piped, None at their end."""
    click.echo("> ", nl=False)
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        click.echo(line.strip())
    return line.strip() if line else None


@dataclass(slots=True)
class Table:
    """One walk at the terminal: the moments so far, from one performer's side."""

    script: Script
    facts: Facts
    who: Performer
    moments: list[Moment] = field(default_factory=list)

    def walk(self) -> None:
        """Read answers until the talk, the lines or the patience end."""
        self.moments.append(begun(self.script, self.facts))
        self.show()
        while not self._over() and (line := _read()) is not None and line != QUIT:
            if line == OPEN:
                self.items()
            elif line == HELP:
                click.echo(HELP_TEXT)
            elif line == BACK:
                self.moments = self.moments[:-1] or self.moments
                self.show()
            else:
                self.answer(line)

    def answer(self, line: str) -> None:
        """Give one answer, and show what came of it."""
        moment = answered(self.script, self.facts, self.moments[-1], self._given(line))
        side = moment.side(self.who)
        if side is None or not side.took:
            click.echo("   （这里不能这样回答）")
            return
        self.moments.append(moment)
        self.show()

    def show(self) -> None:
        """The words of the last turn, what follows from it, and the answers."""
        side = self.moments[-1].side(self.who)
        assert side is not None
        for effect in side.turn.effects:
            click.echo(f"   · {plain(effect, self.script, self.facts)[0]}")
        for said in side.turn.say:
            click.echo(f"{WHO[side.turn.progress.performer]}  {words(self.script, said)}")
        doc = shown(self.script, self.facts, self.moments)
        if doc["offers"]:
            click.echo("   " + "  ".join(_offered(one) for one in doc["offers"]))

    def items(self) -> None:
        """The mandatory items: done, settled with a problem, where we are, or open."""
        side = self.moments[-1].side(self.who)
        assert side is not None
        for name, state in screen(self.script, self.facts, side.turn.progress, ()).way:
            click.echo(f"   {STATES[state]} {name}")

    def tell(self) -> None:
        """The conversation, and what it amounts to."""
        click.echo("—— 对话")
        for line in lines(self.script, self.moments, self.who):
            click.echo(f"{WHO[line.who]}  {line.words}")
        side = self.moments[-1].side(self.who)
        progress = side.turn.progress if side else None
        if progress and progress.outcome:
            problems = " ".join(progress.problems)
            click.echo(f"—— {progress.outcome.value} · {progress.reason} {problems}".rstrip())

    def _over(self) -> bool:
        side = self.moments[-1].side(self.who)
        return side is None or side.over

    def _given(self, line: str) -> Given:
        if line in EVENTS:
            return Given(EVENTS[line])
        if line in ("+", "!"):
            return Given(AFTER_A_CALL[line == "!"])
        return Given(Input.KEYS if set(line) <= KEYS else Input.SPEECH, line)


def _offered(one: dict[str, str]) -> str:
    return f"[{one['key']}] {one['label']}" if one["key"] else one["label"]
