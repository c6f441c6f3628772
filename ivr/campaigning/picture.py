"""The picture of one campaign as its page gets it: figures without words, and why no call may come."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import DialerError
from dialer.hours import next_opening
from dialer.inquiry import UNSURE
from dialer.patience import ENOUGH
from dialer.profile import load_profile
from dialer.pulse import is_dialing
from ivr.campaigning.figures import Figures, figures, of_day
from ivr.campaigning.report import by_hour, rounded
from ivr.tally import WORDS
from ledger import dnc_lists, script_life
from ledger.campaigns import Campaign
from ledger.times import maybe_text, to_text
from scripts.problems import PROBLEMS

Picture = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides beside the ledger whether calls come: the dialer of this file, the home's calendar."""

    database: Path
    calendar: Calendar = CHINA


def picture(conn: sqlite3.Connection, around: Surroundings, campaign: Campaign, now: datetime) -> Picture:
    """Everything the page shows; the caller holds a snapshot."""
    seen = figures(conn, campaign, now)
    return {
        "status": campaign.status,
        "mode": campaign.mode,
        "priority": campaign.priority,
        "max_lines": campaign.max_lines,
        "max_per_second": campaign.max_per_second,
        "stop_reason": campaign.stop_reason,
        "started_at": maybe_text(campaign.started_at),
        "ended_at": maybe_text(campaign.ended_at),
        "troubles": [*troubles(conn, around, campaign, now), *_silence(campaign, seen)],
        "sums": _sums(seen),
        "outcomes": _outcomes(seen),
        "reasons": [[*key, count] for key, count in sorted(seen.progress.reasons.items())],
        "problems": [[code, PROBLEMS[code].title, count] for code, count in seen.progress.problems.items()],
        "blocked": dict(seen.progress.blocked),
        "elsewhere": dict(seen.progress.elsewhere),
        "cancelled": dict(seen.progress.cancelled),
        "left_out": dict(seen.left_out),
        "alarms": dict(seen.alarms),
        "days": [[one.day, one.passed, one.success, one.other, one.open] for one in seen.days],
        "hours": [[hour, of["placed"], of["answered"]] for hour, of in by_hour(seen).items()],
        "today": _today(seen),
    }


def document(found: Picture, now: datetime) -> str:
    """The picture as JSON, with the moment on the application's clock."""
    return json.dumps({"now": to_text(now), **found}, ensure_ascii=False, separators=(",", ":"))


def troubles(
    conn: sqlite3.Connection, around: Surroundings, campaign: Campaign, now: datetime
) -> list[list[str]]:
    """Why no call may come though the campaign runs: [code, detail]."""
    if campaign.status in ("stopped", "done"):
        return []
    found = []
    script = script_life.needed(conn, campaign.script_digest)
    if script.status not in script_life.IN_FORCE:
        found.append(["script_not_in_force", f"{script.name} {script.version}"])
    if campaign.status == "running" and not is_dialing(around.database):
        found.append(["not_dialing", ""])
    found += [["external_list_stale", name] for name in dnc_lists.stale(conn, campaign.purpose, now)]
    if campaign.status == "running" and (opens := _opens(campaign, now, around.calendar)):
        found.append(["outside_hours", to_text(opens)])
    return found


def _silence(campaign: Campaign, seen: Figures) -> list[list[str]]:
    """Whether the core system leaves questions without an answer, and how many tasks wait for it."""
    waiting = seen.progress.reasons.get(("NOT_COMPLETED", UNSURE), 0)
    return [[UNSURE, str(waiting)]] if campaign.status == "running" and waiting >= ENOUGH else []


def _opens(campaign: Campaign, now: datetime, calendar: Calendar) -> datetime | None:
    """When calling hours begin again; None while they last, or where the rules cannot be read."""
    try:
        opening = next_opening(load_profile(campaign.profile), now, calendar)
    except DialerError:
        return None
    return opening if opening > now else None


def _sums(seen: Figures) -> dict[str, int | float | None]:
    progress = seen.progress
    return {
        "due": progress.due,
        "success": seen.success,
        "coverage": rounded(seen.coverage),
        "in_time_rate": rounded(seen.in_time_rate),
        "on_time_rate": rounded(seen.on_time_rate),
        "overdue": seen.overdue,
        "waiting": progress.waiting,
        "retrying": progress.retrying,
        "in_progress": progress.in_progress,
        "finished": progress.finished,
        "dialed": progress.dialed,
        "reached": progress.reached,
        "attempts": seen.attempts,
        "blocked": sum(progress.blocked.values()),
        "elsewhere": sum(progress.elsewhere.values()),
        "cancelled": sum(progress.cancelled.values()),
        "spare": progress.spare,
        "left_out": sum(seen.left_out.values()),
        "alarms": sum(seen.alarms.values()),
    }


def _outcomes(seen: Figures) -> dict[str, int]:
    return {outcome.value: seen.progress.outcomes.get(outcome.value, 0) for outcome in WORDS}


def _today(seen: Figures) -> dict[str, int]:
    """What was done since midnight, and in the hour that goes on."""
    hours = of_day(seen.hours, seen.at.astimezone(LOCAL).date())
    now = [one for one in hours if one.began.hour == seen.at.hour]
    return {
        "placed": sum(one.placed for one in hours),
        "answered": sum(one.answered for one in hours),
        "reached": sum(one.reached for one in hours),
        "this_hour": sum(one.placed for one in now),
    }
