"""No question that puts its answer into the customer's mouth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.model import Script
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import speeches

_TAIL = re.compile(
    r"吧？|，(?:对|是|没错|有)(?:吗|么|不|的吗)？|，(?:对不对|是不是|好不好)？|没(?:有)?问题(?:吗|的吗)？"
)
_PROMPT = re.compile(
    r"您?(?:就|只要|直接|只管|请)(?:说|答|回答)(?:清楚|知道|明白|没有|同意|是(?=[，。！]))|(?:说|答|回答)(?:清楚|是|知道|没有)就(?:行|好|可以)"
    r"|您(?:肯定|一定|当然|想必|应该)(?:是|都|已经|也)?(?:清楚|知道|明白|了解|看过|收到)|难道|(?:您)?不是[^，。？]{0,12}(?:过|了|清楚|知道)吗？"
)


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """No text ends in a tail that wants a yes, or tells what to answer."""
    for speech in speeches(script):
        for sentence in speech.sentences:
            if found := _TAIL.search(sentence) or _PROMPT.search(sentence):
                values = (("part", speech.part), ("words", sentence), ("tail", found[0].strip("，")))
                yield Finding("leading_tail", speech.file, speech.step, values)
                break
