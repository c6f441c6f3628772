"""The talk of the hotline goes on in another script of the call: a policy looked up, a report of wrongs."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime

from dialer import notes
from dialer.campaigns import script_in_force
from ivr.hotline.facts import PROOF
from ledger import callers, inbound
from ledger.records import CallState
from scripts.continuing import go_on
from scripts.model import Script
from scripts.progress import Progress
from scripts.values import Ended, Facts, Turn

WHISTLE, POLICY = "whistle", "policy_asked"
LEADS = {WHISTLE: "whistle", POLICY: "hotline-policy"}
"""The reasons of ends of the hotline's script that are the beginning of another, and which."""
RESTRICTED = "restricted"
"""The retention of what only the unit for reports may hear."""
NOT_ASKED = (*PROOF, "known", "elder", "callback_open", "policy_known", "open_matter")
"""What the hotline knows of a caller; who reports wrongs is nobody."""


@dataclass(frozen=True, slots=True)
class Step:
    """A turn as it was decided, with the script and the facts that it was decided by."""

    script: Script
    facts: Facts
    turn: Turn


def leads_on(step: Step) -> bool:
    """Whether the turn ended the hotline's script in order to go on in another."""
    return step.script.name == "hotline" and step.turn.progress.reason in LEADS


def led_on(conn: sqlite3.Connection, call: CallState, step: Step, now: datetime) -> Step:
    """The first turn in the other script, in place of the end; CampaignError where it is not in force."""
    reason = step.turn.progress.reason
    script = script_in_force(conn, LEADS[reason])
    facts = _anonymous(step, call) if reason == WHISTLE else _of_policy(conn, step, call)
    restricted = script.retention == RESTRICTED
    inbound.continued(
        conn, call.call_id, call.turn + 1, script.digest, notes.pack(facts), now, restricted=restricted
    )
    return went_on(script, facts, None, step)


def went_on(script: Script, facts: Facts, resume: Progress | None, step: Step) -> Step:
    """The first turn of a script in place of the end that led there, with all effects but that end."""
    turn = go_on(script, facts, resume, before=step.script, progress=step.turn.progress)
    before = tuple(effect for effect in step.turn.effects if not isinstance(effect, Ended))
    return Step(script, facts, replace(turn, effects=(*before, *turn.effects)))


def _anonymous(step: Step, call: CallState) -> Facts:
    """Nothing of the caller; a case number that nobody can guess from another, and the salt of the code."""
    facts = {name: value for name, value in step.facts.items() if name not in NOT_ASKED}
    case_no = f"{call.call_id:05d}{secrets.randbelow(1000):03d}"
    return {**facts, "case_no": case_no, "seal": secrets.token_hex(8)}


def _of_policy(conn: sqlite3.Connection, step: Step, call: CallState) -> Facts:
    """What the customer's last list says, for the caller who proved to be the customer."""
    return {**json.loads(callers.recognise(conn, call.number).facts), **step.facts}
