"""Read one step of a script file, with its answers and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scripts.model import AGENTS, COMMON, ON, WITHDRAW, Branch, Kind, Need, Only, Step
from scripts.problems import PROBLEMS
from scripts.table import Table
from scripts.texts import Text, cut, cut_question
from scripts.values import FollowUp, Outcome, Performer, Purpose

ANSWERS: dict[Kind, tuple[str, ...]] = {
    Kind.DISCLOSE: ("yes", "no", "unsure"),
    Kind.CONFIRM: ("yes", "no", "unsure"),
    Kind.ASK: ("yes", "no", "unsure"),
    Kind.RATE: ("high", "low"),
    Kind.OPEN: ("value", "yes", "none"),
    Kind.IDENTITY: ("match", "mismatch"),
    Kind.NUMBER: ("value", "match", "mismatch"),
    Kind.MESSAGE: ("value", "none"),
}
"""What may come of the question of each kind; a choice names its own."""

BLOCKS = ("script", "all", "marketing", WITHDRAW)
"""Which calls a refusal stops: what fits the purpose of this script, all, or marketing only; or that the
customer takes it back."""

RESERVED = frozenset({COMMON, "start", "same", "back", "next", "then"})
"""Names that steps and answers must not have: targets, events and states of the engine's own."""

NO_BRANCH = Branch()


@dataclass(slots=True)
class Part:
    """A step as it stands in its file, with its texts and the keys and words of its answers."""

    step: Step
    texts: dict[tuple[str, str], Text] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    words: list[tuple[str, str]] = field(default_factory=list)


def read_step(table: Table) -> Part:
    """One step; raises ScriptError for the first thing that is wrong with it."""
    if table.step in RESERVED:
        raise table.fault("name", f'"{table.step}" has a meaning of its own, choose another name')
    kind = table.one_of("kind", Kind)
    if kind is None:
        raise table.fault("kind", f"is missing, use one of: {', '.join(Kind)}")
    part = Part(_traits(table, kind))
    _read_texts(table, part)
    if kind is Kind.END:
        outcome, reason = table.one_of("outcome", Outcome), table.needed("reason")
        part.step = replace(part.step, outcome=outcome, reason=reason, follow_up=_follow_up(table))
    elif kind is Kind.TELL:
        part.step = replace(part.step, then=table.text("then") or None, follow_up=_follow_up(table))
    elif kind is Kind.TRANSFER:
        _read_transfer(table, part)
    else:
        _read_answers(table, part)
    _check_words(table, part)
    table.done()
    return part


def _check_words(table: Table, part: Part) -> None:
    """A word says one thing: of two answers that declare it one would never be heard."""
    meant: dict[str, str] = {}
    for words, name in part.words:
        if meant.setdefault(words, name) != name:
            raise table.fault("words", f'"{words}" is declared for "{meant[words]}" and "{name}", keep one')


def _traits(table: Table, kind: Kind) -> Step:
    return Step(
        name=table.step,
        kind=kind,
        file=table.file,
        basis=table.texts("basis"),
        mandatory=table.flag("mandatory"),
        verbatim=table.flag("verbatim"),
        human_only=table.flag("human_only"),
        slow=table.flag("slow"),
        only=table.one_of("only", Only),
        performer=table.one_of("performer", Performer),
        purposes=_purposes(table),
        when=(*read_needs(table, "when"), *read_needs(table, "unless")),
        affirms=table.text("affirms"),
        otherwise=table.text("otherwise") or None,
        on=_on(table.table("on")),
    )


def _purposes(table: Table) -> tuple[Purpose, ...]:
    names = table.texts("purpose")
    for name in names:
        if name not in list(Purpose):
            raise table.fault("purpose", f"{name!r} is unknown, use: {', '.join(Purpose)}")
    return tuple(Purpose(name) for name in names)


def read_needs(parent: Table, key: str) -> Iterator[Need]:
    """The conditions that stand in one table of a step or of the script."""
    table = parent.table(key)
    for fact in table.names():
        value = table.get(fact)
        need = _bounds(table.table(fact), fact) if isinstance(value, dict) else _among(table, fact, value)
        yield replace(need, unless=key == "unless")


def _bounds(table: Table, fact: str) -> Need:
    need = Need(fact, least=table.whole("min"), most=table.whole("max"))
    table.done()
    if need.least is None and need.most is None:
        raise table.fault("min", "is missing, give min, max or both")
    return need


def _among(table: Table, fact: str, value: object) -> Need:
    rows: list[object] = value if isinstance(value, list) else [value]
    values = tuple(row for row in rows if isinstance(row, str | int))
    if not values or len(values) < len(rows):
        raise table.fault(fact, "must be a value, a list of values, or { min = …, max = … }")
    return Need(fact, values)


def _read_texts(table: Table, part: Part) -> None:
    step = part.step
    make = cut_question if step.waits and step.kind is not Kind.TRANSFER else cut
    say = make(table.needed("say"))
    _keep(part, "", say)
    if words := table.text(f"{AGENTS}say"):
        _keep(part, AGENTS, make(words))
    if step.waits:
        for name in ("explain", "again"):
            if words := table.text(name):
                part.texts[step.name, name] = cut(words) if name == "explain" else cut_question(words)
    part.step = replace(
        step,
        names=say.names,
        explains=(step.name, "explain") in part.texts,
        asks_again=(step.name, "again") in part.texts,
    )


def _keep(part: Part, whose: str, say: Text) -> None:
    part.texts[part.step.name, f"{whose}say"] = say
    if say.question:
        part.texts[part.step.name, f"{whose}question"] = say.question


def _read_answers(table: Table, part: Part) -> None:
    then = table.text("then") or None
    kind = part.step.kind
    _read_words(table.table("words"), part)
    answers = _choices(table, part) if kind is Kind.CHOICE else _own_answers(table, part)
    if then:
        answers = {name: _by_default(branch, then) for name, branch in answers.items()}
    part.step = replace(
        part.step,
        answers=answers,
        hears=_step_hears(table, part),
        wanted=_wanted(table, kind),
        fact=table.needed("fact") if kind is Kind.IDENTITY else table.text("fact"),
        sealed=kind is Kind.NUMBER and table.flag("sealed"),
    )


def _step_hears(table: Table, part: Part) -> dict[str, Branch]:
    """What else the step understands; who asks for a human goes where the step says humans are wanted."""
    human = (part.step.on or {}).get("human")
    hears = {"human": Branch(then=human)} if human else {}
    return hears | {name: read_branch(entry, name, part) for name, entry in _hears(table)}


def _read_transfer(table: Table, part: Part) -> None:
    """Where the talk goes when an agent came, when nobody came, and when an agent speaks already."""
    part.step = replace(
        part.step,
        reason=table.needed("reason"),
        then=table.text("then") or None,
        agent=table.needed("agent"),
        no_agent=table.needed("no_agent"),
        wanted="",
        answers=_choices(table, part) if table.has("choices") else {},
        hears=_step_hears(table, part),
    )


def _read_words(table: Table, part: Part) -> None:
    """Words of this step's own for its answers; the first of the file that is heard counts."""
    for name in table.names():
        if name not in ANSWERS.get(part.step.kind, ()):
            raise table.fault(name, f"is no answer of this kind, use: {', '.join(ANSWERS[part.step.kind])}")
        part.words += [(words, name) for words in table.texts(name)]


def _on(table: Table) -> dict[str, str]:
    on = {name: table.needed(name) for name in ON if table.has(name)}
    table.done(ON)
    return on


def _by_default(branch: Branch, then: str) -> Branch:
    return branch if branch.then or branch.end else replace(branch, then=then)


def _wanted(table: Table, kind: Kind) -> str:
    if kind is Kind.IDENTITY:
        return "match"
    if kind not in (Kind.CONFIRM, Kind.DISCLOSE, Kind.ASK):
        return ""
    wanted = table.text("wanted", "yes")
    if wanted not in ("yes", "no"):
        raise table.fault("wanted", 'must be "yes" or "no"')
    return wanted


def _own_answers(table: Table, part: Part) -> dict[str, Branch]:
    kind = part.step.kind
    if kind is Kind.RATE:
        part.keys.update({str(n): str(n) for n in range(1, 6)})
    found = {name: _answer(table, name, part) for name in ANSWERS[kind]}
    if kind in (Kind.CONFIRM, Kind.DISCLOSE, Kind.ASK):
        return _unclear(table, part, found)
    if kind is Kind.OPEN:
        found["yes"] = found["yes"] or found["value"]
    return {name: branch or NO_BRANCH for name, branch in found.items()}


def _unclear(table: Table, part: Part, found: dict[str, Branch | None]) -> dict[str, Branch]:
    unclear = _answer(table, "unclear", part)
    wanted = _wanted(table, part.step.kind)
    answers: dict[str, Branch] = {}
    for name, branch in found.items():
        if branch is None and name != wanted:
            branch = unclear
        if branch is None and name != wanted and part.step.mandatory:
            raise table.fault(
                name,
                f'the step is mandatory: say what follows "{name}" (or "unclear" for all but the wanted)',
            )
        answers[name] = branch or NO_BRANCH
    _share_unclear(part, unclear, answers)
    return answers


def _share_unclear(part: Part, unclear: Branch | None, answers: dict[str, Branch]) -> None:
    for name, branch in answers.items():
        if branch is unclear:
            for sort in ("tell", "ask"):
                if text := part.texts.get((part.step.name, f"{sort}.unclear")):
                    part.texts[part.step.name, f"{sort}.{name}"] = text
            answers[name] = _named(branch, name)


def _named(branch: Branch, name: str) -> Branch:
    return replace(branch, tell=branch.tell and f"tell.{name}", ask=branch.ask and f"ask.{name}")


def _choices(table: Table, part: Part) -> dict[str, Branch]:
    entries = table.tables("choices")
    if not entries:
        raise table.fault("choices", "is missing, name at least two choices, each with key and words")
    answers: dict[str, Branch] = {}
    for name, entry in entries.items():
        key = entry.whole("key")
        if key is None or not 1 <= key <= 7:
            raise entry.fault(
                "key", "must be a number from 1 to 7; 8, 9 and 0 mean stop, repeat and human everywhere"
            )
        if str(key) in part.keys:
            raise entry.fault(
                "key", f'{key} is also the key of "{part.keys[str(key)]}", give each choice its own'
            )
        part.keys[str(key)] = name
        answers[name] = _branch(entry, name, part)
    return answers


def _answer(table: Table, name: str, part: Part) -> Branch | None:
    if not table.has(name):
        return None
    value = table.get(name)
    if isinstance(value, str):
        return Branch(then=value)
    entry = table.table(name)
    if name == "low":
        part.step = replace(part.step, low=entry.whole("max", 3) or 0)
    return _branch(entry, name, part)


def _hears(table: Table) -> Iterator[tuple[str, Table | str]]:
    rows = table.table("hears")
    for name in rows.names():
        value = rows.get(name)
        yield name, value if isinstance(value, str) else rows.table(name)


def read_branch(entry: Table | str, name: str, part: Part) -> Branch:
    """What follows an answer: the name of a step, or a table."""
    return Branch(then=entry) if isinstance(entry, str) else _branch(entry, name, part)


def _branch(entry: Table, name: str, part: Part) -> Branch:
    if name in RESERVED:
        raise entry.fault("name", f'"{name}" has a meaning of its own, choose another name')
    part.words += [(words, name) for words in entry.texts("words")]
    for sort, make in (("tell", cut), ("ask", cut_question)):
        if words := entry.text(sort):
            part.texts[part.step.name, f"{sort}.{name}"] = make(words)
    branch = Branch(
        problem=_problem(entry),
        tell=f"tell.{name}" if entry.has("tell") else None,
        ask=f"ask.{name}" if entry.has("ask") else None,
        then=entry.text("then") or None,
        follow_up=_follow_up(entry),
        block=_block(entry),
        end=entry.one_of("end", Outcome),
        reason=entry.text("reason"),
        early=entry.flag("early"),
        before=entry.text("before"),
    )
    entry.done()
    if branch.end and branch.then:
        raise entry.fault("then", "stands beside end, keep one of the two")
    if branch.end and not (branch.tell and branch.reason):
        raise entry.fault("end", "needs a tell (the goodbye) and a reason beside it")
    return branch


def _problem(entry: Table) -> str | None:
    code = entry.text("problem") or None
    if code and code not in PROBLEMS:
        raise entry.fault("problem", f"{code} is unknown, use a code of problems.toml (P01 to P30)")
    return code


def _block(entry: Table) -> str | None:
    block = entry.text("block") or None
    if block and block not in BLOCKS:
        raise entry.fault("block", f"{block!r} is unknown, use one of: {', '.join(BLOCKS)}")
    return block


def _follow_up(entry: Table) -> FollowUp | None:
    if not entry.has("follow_up"):
        return None
    if isinstance(entry.get("follow_up"), str):
        return FollowUp(entry.text("follow_up"))
    table = entry.table("follow_up")
    follow_up = FollowUp(table.needed("kind"), table.text("slot") or None, table.whole("within"))
    table.done()
    return follow_up


def read_phrases(table: Table) -> Part:
    """The phrases and answers that belong to every step, as the part named `common`."""
    part = Part(Step(COMMON, Kind.ASK, table.file))
    for name in table.table("phrases").names():
        part.texts[COMMON, name] = cut_question(table.table("phrases").text(name))
    hears = {name: read_branch(entry, name, part) for name, entry in _hears(table)}
    for name, branch in hears.items():
        if branch.ask:
            raise table.fault(
                f"hears.{name}.ask", "is asked by no step here, wire the answer to a step that asks"
            )
    part.step = replace(part.step, hears=hears)
    return part
