"""A synthetic voice says what it is before it says anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.model import COMMON, Kind, Script, Step
from scripts.packs import Label, Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import file_of
from scripts.values import Performer

_OF_WHAT = re.compile("人工智能|AI", re.IGNORECASE)
_MADE = re.compile("生成|合成")


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """A robot's first words hold 人工智能 or AI and 生成 or 合成 (GB 45438), whatever the facts."""
    if pack.label is Label.NONE or Performer.ROBOT not in script.performers:
        return
    first = next(step for step in script.steps.values() if step.spoken_by(Performer.ROBOT))
    if not _is_label(script, first):
        yield Finding("label_not_first", file_of(script, COMMON), first.name)


def _is_label(script: Script, step: Step) -> bool:
    words = "".join(script.text(step.name, "say").pieces)
    told = step.kind is Kind.TELL and step.mandatory and not step.when and not step.purposes
    return told and bool(_OF_WHAT.search(words)) and bool(_MADE.search(words))
