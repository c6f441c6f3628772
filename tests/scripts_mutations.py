"""The kinds of defects: each takes something from a script that its rules need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from scripts.load import library
from scripts.model import Kind, Only, Reveal
from scripts.values import Purpose
from tests.scripts_mutants import DROP, Edit, Mutant, Raw, Row, Source, Way, source

Change = tuple[str, tuple[Edit, ...]]
"""Where something changes, and how."""

POLAR = ("confirm", "disclose", "ask")
ANSWERING = ("yes", "no", "unsure", "unclear", "wanted", "words", "hears", "explain", "again", "on", "then")
WIRES = frozenset(
    {"then", "otherwise", "agent", "no_agent", "yes", "no", "unsure", "unclear", "value", "none", "match"}
    | {"mismatch", "high", "low", "silence", "no_match", "human", "machine", "error"}
)
TABLES_OF_WIRES = ("hears", "choices", "on")
SPOKEN = ("say", "agent_say", "explain", "again")


def gone(row: Row, *keys: str) -> tuple[Edit, ...]:
    """The step without these keys, those that it has."""
    return tuple(Edit((*row.way, key), DROP) for key in keys if key in row.raw)


def put(row: Row, key: str, value: object) -> Edit:
    """The step with this value."""
    return Edit((*row.way, key), value)


def one(place: str, *edits: Edit) -> Change:
    """One change."""
    return place, edits


def mandatory(base: Source) -> Iterator[Row]:
    """The steps without which there is no success."""
    return (row for row in base.rows() if row.mandatory)


def branches(row: Row) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every answer of a step that says what follows it."""
    for key in ("yes", "no", "unsure", "unclear", "value", "none", "match", "mismatch", "high", "low"):
        if key in row.raw:
            yield (key,), row.raw[key]
    for table in ("hears", "choices"):
        for key, value in row.raw.get(table, {}).items():
            yield (table, key), value


def unwanted(row: Row) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The answers of a mandatory step that do not affirm it."""
    wanted = row.raw.get("wanted", "yes")
    for way, branch in branches(row):
        if way[0] not in (wanted, "match", *TABLES_OF_WIRES):
            yield way, branch


def as_table(branch: Any) -> Raw:
    """An answer as a table."""
    return {"then": branch} if isinstance(branch, str) else dict(branch)


def earlier(base: Source, name: str) -> str:
    """The first question of the talk itself that comes before a step, else the step."""
    steps = list(base.script.steps.values())
    before = steps[: [step.name for step in steps].index(name)]
    asked = (s.name for s in before if s.waits and s.only is None)
    return next(asked, name)


def after(base: Source, name: str) -> str:
    """The next step that a talk falls into."""
    steps = list(base.script.steps.values())
    behind = steps[[step.name for step in steps].index(name) + 1 :]
    falls = [step.name for step in behind if step.only is not Only.WIRED] or [steps[-1].name]
    return falls[0]


# ---------------------------------------------------------------- items


def step_dropped(base: Source) -> Iterator[Change]:
    """A mandatory step is gone, and what led to it leads on."""
    for row in mandatory(base):
        heir = row.raw.get("then") or after(base, row.name)
        wires = tuple(_rewired(base, row.name, heir))
        if row.name == "label" and "robot" not in base.script.performers:
            continue
        opening = [name for name in base.script.opening if name != row.name]
        yield row.name, (*wires, Edit(row.way, DROP), Edit((0, "opening"), opening))


def _rewired(base: Source, name: str, heir: str) -> Iterator[Edit]:
    for at, file in enumerate(base.files):
        for way, value in _wires(file, (at,)):
            if value == name and way[:3] != (at, "step", name):
                yield Edit(way, DROP if way[-1] == "affirms" else heir)


def _wires(table: Raw, way: Way) -> Iterator[tuple[Way, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _wires(value, (*way, key))
        elif isinstance(value, str) and (key in WIRES or key == "affirms" or way[-1] in TABLES_OF_WIRES):
            yield (*way, key), value


def no_longer_mandatory(base: Source) -> Iterator[Change]:
    """What must be told or affirmed may be left out."""
    for row in mandatory(base):
        kind = (put(row, "kind", "confirm"),) if row.raw["kind"] == "disclose" else ()
        yield row.name, (*gone(row, "mandatory", "verbatim"), *kind)


def only_told(base: Source) -> Iterator[Change]:
    """What must be affirmed is a statement, without its question."""
    for row in mandatory(base):
        if row.raw["kind"] in POLAR:
            told = re.sub(r"[^。！]*[？?]$", "", row.raw["say"]) or row.raw["say"]
            edits = (put(row, "kind", "tell"), put(row, "say", told))
            yield row.name, (*edits, *gone(row, *ANSWERING, "verbatim", "agent_say", "affirms"))


def only_asked(base: Source) -> Iterator[Change]:
    """Every answer is fine to what must be affirmed; once still mandatory, once not."""
    for row in mandatory(base):
        if row.raw["kind"] in ("confirm", "disclose"):
            yield f"{row.name}: mandatory", (put(row, "kind", "ask"),)
            yield row.name, (put(row, "kind", "ask"), *gone(row, "mandatory", "verbatim"))


def verbatim_dropped(base: Source) -> Iterator[Change]:
    """What nobody may paraphrase may be."""
    for row in base.rows():
        if row.raw.get("verbatim"):
            yield row.name, gone(row, "verbatim")


# ---------------------------------------------------------------- guards


def guard_dropped(base: Source) -> Iterator[Change]:
    """A step without its condition, or without one of several."""
    for row in base.rows():
        for key in ("when", "unless"):
            needs = row.raw.get(key, {})
            if needs:
                yield f"{row.name}: {key}", gone(row, key)
            for fact in needs if len(needs) > 1 else ():
                yield f"{row.name}: {key} {fact}", (Edit((*row.way, key, fact), DROP),)


def guard_turned(base: Source) -> Iterator[Change]:
    """A condition that holds for others: true is false, one of several values is missing, a bound moved."""
    for row in base.rows():
        for key in ("when", "unless"):
            for fact, value in row.raw.get(key, {}).items():
                yield from (
                    one(f"{row.name}: {key} {fact}", Edit((*row.way, key, fact), other))
                    for other in _others(value)
                )


def _others(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, list):
        yield value[1:]
    elif isinstance(value, dict):
        yield {bound: limit + 1 for bound, limit in value.items()}


def person_no_longer(base: Source) -> Iterator[Change]:
    """What a person alone performs is open to a robot, or to anybody."""
    for row in base.rows():
        for key in ("human_only", "performer", "purpose"):
            if row.raw.get(key, base.script.purpose) != base.script.purpose:
                yield f"{row.name}: {key}", gone(row, key)
    header = base.files[0]
    for key in ("performers", "human_first"):
        if key in header and header[key] != ["robot", "agent"]:
            yield key, (Edit((0, key), DROP),)


def only_dropped(base: Source) -> Iterator[Change]:
    """A step that an answer leads to is fallen into; nothing falls behind the last goodbye."""
    falls = [name for name, step in base.script.steps.items() if step.only is None]
    before = list(base.script.steps)[: list(base.script.steps).index(falls[-1])]
    for row in base.rows():
        if row.raw.get("only") == "wired" and row.name in before:
            yield row.name, gone(row, "only")


def early_dropped(base: Source) -> Iterator[Change]:
    """What is heard of another only before, or only after the identity check, is heard always."""
    for way, branch in base.table("hears"):
        for key in ("early", "before"):
            if isinstance(branch, dict) and key in branch:
                yield f"hears.{way[-1]}: {key}", (Edit((*way, key), DROP),)


# ---------------------------------------------------------------- unwanted answers


def problem_dropped(base: Source) -> Iterator[Change]:
    """An answer that opened a problem opens none."""
    for row in base.rows():
        for way, branch in branches(row):
            if isinstance(branch, dict) and "problem" in branch:
                yield f"{row.name}: {'.'.join(way)}", (Edit((*row.way, *way, "problem"), DROP),)
    for way, branch in base.table("hears"):
        if isinstance(branch, dict) and "problem" in branch:
            yield f"hears.{way[-1]}", (Edit((*way, "problem"), DROP),)


def problem_changed(base: Source) -> Iterator[Change]:
    """An answer opens a problem of another code."""
    for row in mandatory(base):
        for way, branch in unwanted(row):
            if isinstance(branch, dict) and "problem" in branch:
                other = "P24" if branch["problem"] != "P24" else "P21"
                yield f"{row.name}: {'.'.join(way)}", (Edit((*row.way, *way, "problem"), other),)


def answer_goes_on(base: Source) -> Iterator[Change]:
    """Who does not affirm goes on to the next step, and nothing is written down."""
    for row in mandatory(base):
        for way, branch in unwanted(row):
            target = after(base, row.name)
            if branch != target:
                yield f"{row.name}: {'.'.join(way)}", (Edit((*row.way, *way), target),)


def no_is_yes(base: Source) -> Iterator[Change]:
    """Who does not affirm is treated like who does."""
    for row in mandatory(base):
        wanted = row.raw.get("wanted", "yes") if row.raw["kind"] in POLAR else "match"
        for way, _ in unwanted(row):
            value = row.raw.get(wanted, {"then": after(base, row.name)})
            if row.raw.get(way[0]) != value:
                yield f"{row.name}: {'.'.join(way)}", (Edit((*row.way, *way), value),)


def wanted_turned(base: Source) -> Iterator[Change]:
    """The other answer is the wanted one."""
    for row in mandatory(base):
        if row.raw["kind"] in POLAR:
            is_no = row.raw.get("wanted") == "no"
            yield row.name, (put(row, "wanted", "yes" if is_no else "no"),)


# ---------------------------------------------------------------- bounds


def asks_for_ever(base: Source) -> Iterator[Change]:
    """An unwanted answer leads to its own question again, by name or as `same`, or to an earlier one."""
    for row in mandatory(base):
        for way, branch in unwanted(row):
            for target in dict.fromkeys((row.name, "same", earlier(base, row.name))):
                value = {**as_table(branch), "then": target}
                if target == row.name and "problem" in value and row.raw.get("only") != "wired":
                    continue  # a question that left its problem is settled, and passed over
                for key in ("end", "reason"):
                    value.pop(key, None)
                yield f"{row.name}: {'.'.join(way)} → {target}", (Edit((*row.way, *way), value),)


def silent_for_ever(base: Source) -> Iterator[Change]:
    """Silence leads to the same question, or to an earlier one; to an open one it is an answer."""
    for row in base.rows():
        if row.raw["kind"] not in ("tell", "end", "transfer", "open", "message"):
            on = row.raw.get("on", {})
            before = row.name if row.raw.get("only") == "wired" else earlier(base, row.name)
            for target in dict.fromkeys((row.name, before)):
                yield f"{row.name} → {target}", (put(row, "on", {**on, "silence": target}),)
    way = next(way for way, _ in base.table("on") if way[-1] == "silence")
    yield "on.silence → first", (Edit(way, earlier(base, "goodbye")),)


def bound_dropped(base: Source) -> Iterator[Change]:
    """The ends of the file are not named, or nobody is there when nobody came."""
    rows = list(base.table("on"))
    alone = (way for way, _ in rows if sum(way[-1] in file.get("on", {}) for file in base.files) == 1)
    yield from (one(f"on.{way[-1]}", Edit(way, DROP)) for way in alone)
    for row in base.rows():
        if "no_agent" in row.raw:
            yield f"{row.name}: no_agent", gone(row, "no_agent")
            yield f"{row.name}: no_agent → itself", (put(row, "no_agent", row.name),)


# ---------------------------------------------------------------- refusal


def refusal_lost(base: Source) -> Iterator[Change]:
    """Who wants no more calls is not heard, not blocked, not let go, or asked on."""
    asks = earlier(base, "goodbye")
    here = next(way for way, _ in base.table("hears") if way[-1] == "stop_calling")
    yield "hears", (Edit(here, DROP),)
    yield "block", (Edit((*here, "block"), DROP),)
    yield "block: withdraw", (Edit((*here, "block"), "withdraw"),)
    yield "then", (Edit((*here, "then"), DROP),)
    yield "then: same", (Edit((*here, "then"), "same"),)
    yield "then: asks", (Edit((*here, "then"), asks),)


def refusal_overridden(base: Source) -> Iterator[Change]:
    """One step hears a refusal as something else."""
    for row in base.rows():
        if row.raw["kind"] not in ("tell", "end"):
            hears, target = row.raw.get("hears", {}), after(base, row.name)
            yield row.name, (put(row, "hears", {**hears, "stop_calling": target}),)
            if "stop_calling" in hears:
                yield f"{row.name}: hears", (Edit((*row.way, "hears", "stop_calling"), DROP),)


def refusal_asked_on(base: Source) -> Iterator[Change]:
    """After a refusal more is asked; only a call of duty asks anything at all."""
    if "refusal" not in base.script.steps or base.script.purpose is not Purpose.DUTY:
        return
    row, asks = base.row("refusal"), earlier(base, "goodbye")
    for way, branch in branches(row):
        value = {**as_table(branch), "then": asks}
        yield ".".join(way), (Edit((*row.way, *way), value),)
    for key in row.raw.get("on", {}):
        yield f"on.{key}", (Edit((*row.way, "on", key), asks),)
    yield "otherwise", (put(row, "otherwise", asks),)


# ---------------------------------------------------------------- identity


def identity_lost(base: Source) -> Iterator[Change]:
    """The identity check is not part of the opening, or comes at its end, or any figures will do."""
    opening = list(base.script.opening)
    for row in (base.row(name) for name in base.script.steps if name in _checks(base)):
        if row.raw["kind"] == "identity":
            if row.name in opening:
                yield row.name, (Edit((0, "opening"), [name for name in opening if name != row.name]),)
            yield f"{row.name}: mismatch", (put(row, "mismatch", after(base, row.name)),)
            value = {**as_table(row.raw["mismatch"]), "then": earlier(base, "goodbye")}
            yield f"{row.name}: mismatch → first", (put(row, "mismatch", value),)
    checks = [name for name in opening if name in _checks(base)]
    if checks:
        yield "all", (Edit((0, "opening"), [name for name in opening if name not in checks]),)


def _checks(base: Source) -> frozenset[str]:
    return frozenset(step.name for step in base.script.steps.values() if step.kind is Kind.IDENTITY)


def told_too_early(base: Source) -> Iterator[Change]:
    """A step before the identity check says what only the right person may hear."""
    private = [name for name, one in base.script.variables.items() if one.reveal is Reveal.PRIVATE]
    steps = {*base.script.opening[:5], "who", "third_party", "busy", "voicemail"}
    for row in (base.row(name) for name in base.script.steps if private and name in steps):
        said = f"关于{{{private[0]}}}，{row.raw['say']}"
        yield row.name, (put(row, "say", said), *gone(row, "verbatim", "agent_say"))


def made_public(base: Source) -> Iterator[Change]:
    """A private value is declared as one that everybody may hear."""
    for way, row in base.table("variables"):
        if row["reveal"] != "public":
            yield str(way[-1]), (Edit((*way, "reveal"), "public"),)


# ---------------------------------------------------------------- words


def explanation_dropped(base: Source) -> Iterator[Change]:
    """Who does not understand a mandatory step is told nothing more."""
    for row in mandatory(base):
        if "explain" in row.raw:
            yield row.name, gone(row, "explain")


def label_lost(base: Source) -> Iterator[Change]:
    """The synthetic voice does not say first what it is."""
    opening = list(base.script.opening)
    if "label" in opening and "robot" in base.script.performers:
        yield "dropped", (Edit((0, "opening"), opening[1:]),)
        if opening[1:]:
            yield "second", (Edit((0, "opening"), [opening[1], "label", *opening[2:]]),)
        row = base.row("label")
        yield (
            "words",
            (put(row, "say", "您好，我是{company}的客服。想找人工，请按零。"), *gone(row, "verbatim")),
        )
        yield "condition", (put(row, "when", {"direction": "outbound"}),)
        yield "another performer", (put(row, "performer", "agent"),)


def verbatim_changed(base: Source) -> Iterator[Change]:
    """One character of approved words is another."""
    for row in base.rows():
        for key in SPOKEN if row.raw.get("verbatim") else ():
            if key in row.raw:
                words = row.raw[key]
                at = len(words) // 2
                while words[at] in "{}_" or words[at].isascii():
                    at += 1
                yield f"{row.name}: {key}", (put(row, key, f"{words[:at]}的{words[at:]}"),)


def words_spoilt(base: Source) -> Iterator[Change]:
    """A leading tail, a second question, forbidden words, a figure, an unknown sign."""
    for row in base.rows():
        say = row.raw["say"]
        if row.raw["kind"] in POLAR and say.endswith("吗？"):
            yield f"{row.name}: tail", (put(row, "say", say.removesuffix("吗？") + "，对吧？"),)
            yield f"{row.name}: question", (put(row, "say", f"您还好吗？{say}"),)
        yield f"{row.name}: forbidden", (put(row, "say", f"这和存款一样，稳赚。{say}"),)
        yield f"{row.name}: figure", (put(row, "say", f"还有3天。{say}"),)
        yield f"{row.name}: 你", (put(row, "say", f"你好。{say}"),)


def answers_shared(base: Source) -> Iterator[Change]:
    """Two answers of a question have the same key, or the same word."""
    for row in base.rows():
        names = list(row.raw.get("choices", {}))
        for first, second in pairwise(names):
            one_of, other = row.raw["choices"][first], row.raw["choices"][second]
            way = (*row.way, "choices", second)
            yield f"{row.name}: key {second}", (Edit((*way, "key"), one_of["key"]),)
            words = [*one_of.get("words", ())[:1], *other.get("words", ())]
            if one_of.get("words"):
                yield f"{row.name}: word {second}", (Edit((*way, "words"), words),)
        given = row.raw.get("words", {})
        for first, second in pairwise(given):
            words = [given[first][0], *given[second]]
            yield f"{row.name}: word {second}", (Edit((*row.way, "words", second), words),)


# ---------------------------------------------------------------- header and ends


def header_dropped(base: Source) -> Iterator[Change]:
    """A script that does not say what it answers to."""
    for key in ("basis", "covers", "clock", "retention"):
        if key in base.files[0]:
            yield key, (Edit((0, key), DROP),)


def end_is_success(base: Source) -> Iterator[Change]:
    """A goodbye to somebody who did not finish counts as a success."""
    for row in base.rows():
        if row.raw["kind"] == "end" and row.raw.get("outcome") not in (None, "SUCCESS"):
            yield row.name, (put(row, "outcome", "SUCCESS"),)


KINDS: dict[str, Callable[[Source], Iterator[Change]]] = {
    kind.__name__: kind
    for kind in (
        step_dropped,
        no_longer_mandatory,
        only_told,
        only_asked,
        verbatim_dropped,
        guard_dropped,
        guard_turned,
        person_no_longer,
        only_dropped,
        early_dropped,
        problem_dropped,
        problem_changed,
        answer_goes_on,
        no_is_yes,
        wanted_turned,
        asks_for_ever,
        silent_for_ever,
        bound_dropped,
        refusal_lost,
        refusal_overridden,
        refusal_asked_on,
        identity_lost,
        told_too_early,
        made_public,
        explanation_dropped,
        label_lost,
        verbatim_changed,
        words_spoilt,
        answers_shared,
        header_dropped,
        end_is_success,
    )
}
"""Every kind of defect by its name."""


def mutants(name: str) -> Iterator[Mutant]:
    """Every mutant of a script of the library."""
    base = source(name)
    for kind, changes in KINDS.items():
        for place, edits in changes(base):
            yield Mutant(kind, name, place, edits)


def every() -> Iterator[Mutant]:
    """Every mutant of the library."""
    for name in library():
        yield from mutants(name)
