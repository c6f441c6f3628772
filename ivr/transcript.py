"""One call as people read it: what was said, heard and decided, with its second in the recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime

from dialer.calendar import LOCAL
from dialer.notes import reply_from_json
from ivr.texts import library
from ledger.asides import Aside
from ledger.board import masked
from ledger.inbound import Part
from ledger.story import Conversation, TurnRow
from scripts.model import Script

HEARD = {
    "keys": "按键",
    "speech": "说",
    "silence": "（没有声音）",
    "hangup": "（挂断）",
    "machine": "（答录机）",
    "message": "（留言）",
    "error": "（故障）",
    "choice": "选",
    "problem": "记下问题",
    "no_agent": "（没有坐席接听）",
}
BY_THE_AGENT = ("choice", "problem")
HANDED = ("agent", "robot")
"""Inputs that are nobody's words: the line of the hand-over tells of them."""
ASIDES = {
    "agent": "坐席 {staff_no} 接过通话",
    "robot": "交给机器",
    "waiting": "等坐席：{text}",
    "note": "坐席 {staff_no} 备注：{text}",
    "sent_to_person": "班长 {staff_no} 转人工",
    "supervised": "班长 {staff_no} {text}",
    "supervised_no_more": "班长 {staff_no} 离开",
    "ended_by_supervisor": "班长 {staff_no} 结束通话",
}
MODES = {"listen": "监听", "whisper": "耳语", "step_in": "介入"}
Find = Callable[[str], Script | None]
"""The script of a digest, if anybody has it."""
WHY = "why_"
"""What the console's texts begin with that say why a caller waits."""


def transcript(story: Conversation, find: Find) -> Iterator[str]:
    """Yield the lines of a call; `find` gives the scripts of its parts."""
    if story.call.restricted:
        yield from restricted(story)
        return
    yield from _head(story)
    script = find(story.call.script_digest)
    parts = {part.turn: part for part in story.parts}
    for turn in story.turns:
        yield from _asides(story, turn.n)
        if part := parts.get(turn.n):
            script = find(part.script_digest)
            yield from _begins(part, script)
        yield from _turn(story, turn, script)
    yield from _asides(story, len(story.turns))
    yield from _end(story)


def restricted(story: Conversation) -> Iterator[str]:
    """That there was a call, no more: who called and what was said is the unit's for reports (S004-16)."""
    yield f"call {story.call.call_id} · {story.call.direction} · restricted to the unit for reports"
    yield f"outcome {story.call.outcome or '-'}: {story.call.outcome_reason or '-'}"


def _head(story: Conversation) -> Iterator[str]:
    call = story.call
    began = local(call.answered_at or call.placed_at or call.claimed_at)
    other = call.from_number if call.direction == "inbound" else call.to_number
    yield f"call {call.call_id} · {call.direction} · {masked(other)} · {call.status} · {began}"
    yield f"script {call.script_digest[:12]} · carrier {call.carrier_sid or '-'} · {call.performer}"
    for decision in story.decisions:
        until = f" until {local(decision.until)}" if decision.until else ""
        yield f"gate {decision.verdict}: {decision.rule} ({decision.version}){until} at {local(decision.at)}"


def _begins(part: Part, script: Script | None) -> Iterator[str]:
    """Where a call that came in goes on in another script."""
    task = f" · task {part.task_id}" if part.task_id else ""
    yield f"—— {script.title if script else part.script_digest[:12]}{task}"


def _asides(story: Conversation, turn: int) -> Iterator[str]:
    """What happened just before a turn, or after the last one."""
    for aside in story.asides:
        if aside.turn == turn:
            words = ASIDES[aside.kind].format(staff_no=aside.staff_no, text=_said(aside))
            yield f"{second(story, aside.at)}  ——  {words}"


def _said(aside: Aside) -> str:
    """A code in its words; a note is words already."""
    match aside.kind:
        case "supervised":
            return MODES.get(aside.text, aside.text)
        case "waiting":
            return library()["zh"]["console"].get(WHY + aside.text, aside.text)
    return aside.text


def _turn(story: Conversation, turn: TurnRow, script: Script | None) -> Iterator[str]:
    at = second(story, turn.at)
    who = speaker(turn)
    heard = json.loads(turn.heard)
    if heard and heard["kind"] not in HANDED:
        words = f"{HEARD.get(heard['kind'], heard['kind'])} {heard['text']}".strip()
        yield f"{at}  {who if heard['kind'] in BY_THE_AGENT else '客户'}  {words}"
    for answer in story.answers:
        if answer.turn == turn.n:
            yield f"{at}    →   {answer.step}: {answer.category}"
    for said in reply_from_json(turn.reply).say:
        text = script.text(said.step, said.part).spoken(said.values) if script else f"{said.values}"
        yield f"{at}  {who}  {text}  [{said.step}]"


def _end(story: Conversation) -> Iterator[str]:
    for told in story.disclosures:
        affirmed = f"affirmed {second(story, told.affirmed_at)}" if told.affirmed_at else "not affirmed"
        yield f"disclosure {told.step}: told at {told.offset_ms / 1000:.1f} s, {affirmed}"
    for problem in story.problems:
        due = f", due {local(problem.due_at)}" if problem.due_at else ""
        yield f"problem {problem.code} at {problem.step}: {problem.severity}{due}"
    for promise in story.appointments:
        yield f"promised {promise.kind}{f': {local(promise.due_at)}' if promise.due_at else ''}"
    for recording in story.recordings:
        yield f"recording {recording.status}: {recording.path or recording.url}"
    yield f"outcome {story.call.outcome or '-'}: {story.call.outcome_reason or '-'}"


def speaker(turn: TurnRow) -> str:
    """Who said the reply of a turn."""
    return f"坐席 {turn.speaker.staff_no}" if turn.speaker.performer == "agent" else "机器"


def second(story: Conversation, at: datetime) -> str:
    """Minutes and seconds since the call was answered."""
    since = (at - (story.call.answered_at or at)).total_seconds()
    return f"{int(since // 60):02d}:{since % 60:04.1f}"


def local(at: datetime) -> str:
    """A moment on the clocks of China."""
    return at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
