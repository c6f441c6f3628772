"""TEMPORARY stand-in until the engine's screen is there."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.choices import own
from scripts.model import Kind, Script
from scripts.progress import Progress
from scripts.texts import Text
from scripts.values import Facts, Performer, Said

Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    category: str
    label: str


@dataclass(frozen=True, slots=True)
class Screen:
    name: str
    kind: str
    tags: tuple[str, ...]
    said: tuple[Pieces, ...]
    question: Pieces | None
    explain: Pieces | None
    after: str | None
    input: str
    answers: tuple[Option, ...]
    anytime: tuple[Option, ...]
    way: tuple[tuple[str, str], ...]
    told: int
    of: int
    hold_ms: int


LABELS = {"yes": "是", "no": "不是", "unsure": "含糊 / 迟疑", "value": "有", "none": "没有"}


def pieces(text: Text, values: tuple[str, ...]) -> Pieces:
    found = [(text.pieces[0], False)]
    for v, p in zip(values, text.pieces[1:], strict=True):
        found += [(v, True), (p, False)]
    return tuple((w, b) for w, b in found if w)


def screen(
    script: Script, facts: Facts, progress: Progress, say: tuple[Said, ...], language: str = "zh"
) -> Screen:
    step = script.steps.get(progress.step)
    said = tuple(pieces(script.text(s.step, s.part), s.values) for s in say)
    req = script.required(facts, Performer.AGENT)
    way = tuple(
        (
            s.name,
            "now"
            if s.name == progress.step
            else "done"
            if s.name in progress.affirmed or s.name in progress.settled
            else "open",
        )
        for s in req
    )
    cats = own(step) if step and step.waits and not progress.ended else ()
    detail = progress.part.startswith("ask.")
    kind = (
        "digits"
        if step and step.kind is Kind.IDENTITY
        else "words"
        if detail or (step and step.kind is Kind.OPEN)
        else "choice"
    )
    answers = () if detail else tuple(Option(str(i), c, LABELS.get(c, c)) for i, c in enumerate(cats, 1))
    anytime = (
        ()
        if progress.ended
        else (
            Option("R", "repeat", "重读"),
            Option("A", "busy", "预约回访"),
            Option("C", "complaint", "投诉"),
            Option("D", "stop_calling", "客户要求不再拨打"),
        )
    )
    n = sum(len(w) for p in said for w, _ in p)
    return Screen(
        progress.step,
        step.kind.value if step else "",
        ("mandatory",) if step and step.mandatory else (),
        said,
        None,
        None,
        None,
        kind,
        answers,
        anytime,
        way,
        sum(s == "done" for _, s in way),
        len(way),
        n * 60 if step and step.mandatory else 0,
    )


def label_of(script: Script, step: str, category: str, language: str = "zh") -> str:
    return LABELS.get(category, category)
