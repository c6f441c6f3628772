"""What happened in a call beside its turns, in the order of the chain: hand-overs, waiting, notes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.times import from_text

ROBOT, AGENT = "robot", "agent"
KINDS = (
    "turn", AGENT, ROBOT, "waiting", "note", "sent_to_person", "supervised", "supervised_no_more",
    "ended_by_supervisor",
)  # fmt: skip
TOLD = f"""
select e.kind, e.at, e.data, ifnull(nullif(u.staff_no, ''), ifnull(u.name, '')), ifnull(n.text, ''),
  ifnull(json_extract(t.heard, '$.kind'), '')
from events e
  left join notes n on e.kind = 'note' and n.id = json_extract(e.data, '$.notes[0]')
  left join turns t on e.kind = 'turn' and t.call_id = e.call_id and t.n = json_extract(e.data, '$.turns[0]')
  left join users u
    on u.id = coalesce(n.user_id, json_extract(e.data, '$.user_id'), json_extract(e.data, '$.by'))
where e.call_id = ? and e.kind in ({", ".join(f"'{kind}'" for kind in KINDS)}) order by e.id
"""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says the words of a turn: the robot, or the agent with this staff number."""

    performer: str = ROBOT
    staff_no: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """What happened before turn `turn`, or after the last one; `text` is a note, a reason or a mode.

    `staff_no` is the number, or else the log-in name, of the agent or supervisor.
    """

    turn: int
    at: datetime
    kind: str
    staff_no: str
    text: str


@dataclass(slots=True)
class Telling:
    """A call's events as they are read, one after the other."""

    asides: list[Aside]
    speakers: dict[int, Speaker]
    now: Speaker = Speaker()

    def hear(self, kind: str, at: datetime, data: Mapping[str, object], who: str, text: str) -> None:
        """Take in the next event that is no turn; a hand-over to who speaks already is none."""
        if kind in (AGENT, ROBOT):
            speaker = Speaker(kind, who)
            if speaker == self.now:
                return
            self.now = speaker
        said = text or str(data.get("mode") or data.get("reason") or "")
        self.asides.append(Aside(max(self.speakers, default=-1) + 1, at, kind, who, said))

    def turn(self, n: int, at: datetime, heard: str) -> None:
        """Take in the next turn; that of the robot taking over is the robot's, though its event follows."""
        if heard == ROBOT:
            self.hear(ROBOT, at, {}, "", "")
        self.speakers[n] = self.now


def telling(conn: sqlite3.Connection, call_id: int) -> Telling:
    """The asides of a call, and the speaker of each turn."""
    told = Telling([], {})
    for kind, at, data, who, text, heard in conn.execute(TOLD, (call_id,)):
        sealed = json.loads(data)
        if kind == "turn":
            told.turn(sealed["turns"][0], from_text(at), heard)
        else:
            told.hear(kind, from_text(at), sealed, who, text)
    return told
