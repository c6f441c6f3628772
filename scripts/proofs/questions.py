"""One question at a time, each about one thing, and none that nobody is given the time to answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.model import COMMON, Kind, Script
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import Speech, speeches

_JOINED = re.compile(r"(?:和|与|及|跟|、|还有|连同).*(?:都|全)(?!不方便|不合适).*(?:吗|没有|了没|不)？")
_ONE_AFTER_THE_OTHER = re.compile(r"(?:吗|没有|了没|[是有]不[是有]).{0,3}，.*(?:吗|没有|呢)？")


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every text asks one thing at most, and only where an answer is awaited."""
    for speech in speeches(script):
        asked = [sentence for sentence in speech.sentences if sentence.endswith("？")]
        if asked and not _awaited(script, speech):
            yield _finding("question_unheard", speech, asked[0])
        elif len(asked) > 1:
            yield _finding("question_double", speech, "".join(asked))
        for sentence in asked:
            if _JOINED.search(sentence) or _ONE_AFTER_THE_OTHER.search(sentence):
                yield _finding("question_compound", speech, sentence)


def _awaited(script: Script, speech: Speech) -> bool:
    return (
        speech.step != COMMON
        and speech.answered
        and script.steps[speech.step].kind not in (Kind.TELL, Kind.END)
    )


def _finding(rule: str, speech: Speech, words: str) -> Finding:
    return Finding(rule, speech.file, speech.step, (("part", speech.part), ("words", words)))
