"""Make a campaign of a list and a script, and say beforehand what the gate will let through."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from dialer.calendar import CHINA, Calendar
from dialer.call_facts import call_facts
from dialer.enrolment import Enrolment, enrol
from dialer.errors import CampaignError
from dialer.lacking import Lacking
from dialer.lists.importer import UNFINISHED
from dialer.lists.kinds import Kind, load_kind
from dialer.preview import Preview as Preview
from dialer.preview import preview as preview
from dialer.profile import Profile, load_profile
from dialer.selection.choice import Terms
from dialer.selection.recipe import Recipe, recipe_of
from dialer.versions import version
from ledger import campaigns, lists, script_life, selection
from ledger.campaigns import Campaign
from ledger.lists import ListRow
from scripts.load import library
from scripts.model import Script
from scripts.values import Performer


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is made of; `company` holds the company's own facts, like `company` and `hotline`.

    `mode` says who speaks, `unit` names the organisation unit whose agents do; all of them without it.
    `region` names the region in whose words the script is spoken; those of the whole country without it.
    `recipe` selects by another recipe than that of the kind, `seed` draws as before with the same seed;
    `again`: those who were reached with the same script before are called as well.
    """

    name: str
    list_id: int
    from_number: int
    company: Mapping[str, str | int | bool | None]
    script: str = ""
    profile: str = ""
    calendar: Calendar = CHINA
    mode: str = campaigns.ROBOT
    unit: str = ""
    region: str = ""
    recipe: str = ""
    seed: str = ""
    again: bool = False


def create_campaign(conn: sqlite3.Connection, plan: Plan, now: datetime) -> int:
    """Open a campaign as a draft with a task for every contact that its recipe leaves in; the list is locked.

    Script and profile are those of the kind of list unless the plan names others; what is the script's active
    version now is spoken to the campaign's end. Each task keeps the names of the facts without which that
    cannot be said to its contact.
    """
    source = _list(conn, plan.list_id)
    kind = load_kind(source.kind)
    script = script_in_force(conn, plan.script or kind.script, plan.region)
    _check_performer(script, plan.mode)
    profile = load_profile(plan.profile or kind.profile)
    recipe = recipe_of(kind.name, kind.selection, plan.recipe)
    _check_coverage(kind, recipe, plan)
    _check_hard_dates(recipe, profile)
    known = call_facts({}, plan.company, profile=profile, now=now, calendar=plan.calendar)
    terms = _terms(conn, plan, kind, recipe, script, now)
    enrolment = Enrolment(source, Lacking(script), profile, plan.calendar, known, terms)
    return enrol(conn, enrolment, partial(_open, conn, plan, kind, script, now))


def _open(conn: sqlite3.Connection, plan: Plan, kind: Kind, script: Script, now: datetime) -> int:
    """The draft, and its list locked, in a transaction."""
    lists.lock(conn, plan.list_id, now)
    return campaigns.create(
        conn,
        name=plan.name,
        list_id=plan.list_id,
        script_digest=script.digest,
        purpose=script.purpose,
        from_number=plan.from_number,
        profile=plan.profile or kind.profile,
        now=now,
        mode=plan.mode,
        unit_id=unit_of(conn, plan.unit),
    )


def script_in_force(conn: sqlite3.Connection, name: str, region: str = "") -> Script:
    """The active version of a script; CampaignError says what it lacks."""
    found = script_life.active(conn, name, region)
    script = found and version(conn, found.digest)
    if script:
        return script
    place = f"{name}@{region}" if region else name
    known = [one for one in script_life.versions(conn, name) if one.region == region]
    if not known and name not in library():
        raise CampaignError(
            f'script "{place}": there is none; choose one of: {", ".join(library())}',
            "script_unknown",
            script=place,
        )
    stands = ", ".join(f"{one.version} is {one.status}" for one in known) or "none was added"
    raise CampaignError(
        f'script "{place}": no version is active ({stands}); huifang scripts approve, then activate',
        "script_not_active",
        script=place,
    )


def choose_mode(conn: sqlite3.Connection, campaign: Campaign, mode: str, unit: str) -> None:
    """Choose who speaks, in a transaction; a script may be a person's alone, or the robot's."""
    if script := version(conn, campaign.script_digest):
        _check_performer(script, mode)
    campaigns.set_mode(conn, campaign.campaign_id, mode, unit_of(conn, unit))


def unit_of(conn: sqlite3.Connection, name: str) -> int | None:
    """The id of an organisation unit; None where none is named."""
    if not name:
        return None
    found = campaigns.unit_named(conn, name)
    if found is None:
        raise CampaignError(
            f"unit {name}: there is none; name one of those that the agents belong to",
            "unit_unknown",
            unit=name,
        )
    return found


def _list(conn: sqlite3.Connection, list_id: int) -> ListRow:
    found = lists.get(conn, list_id)
    if found is None:
        raise CampaignError(f"list {list_id}: there is none; import it first", "list_unknown")
    if found.rows == UNFINISHED:
        raise CampaignError(
            f"list {list_id}: its import was cut off; import {found.name} again to finish it",
            "list_unfinished",
            file=found.name,
        )
    return found


def _check_performer(script: Script, mode: str) -> None:
    wanted = Performer.ROBOT if mode == campaigns.ROBOT else Performer.AGENT
    if wanted not in script.performers:
        modes = "robot" if mode != campaigns.ROBOT else "preview or progressive"
        raise CampaignError(
            f'script "{script.name}" is not for the mode {mode}; choose the mode {modes}',
            f"not_for_{wanted}",
            script=script.title,
        )


def _check_coverage(kind: Kind, recipe: Recipe, plan: Plan) -> None:
    """What must reach all is not sampled by its own recipe (S001-24); a spot check is asked for by name."""
    if not plan.recipe and recipe.coverage != kind.coverage:
        raise CampaignError(
            f'kind "{kind.name}": coverage = "{kind.coverage}", but its recipe reaches "{recipe.coverage}";'
            " correct its [selection]"
        )


def _check_hard_dates(recipe: Recipe, profile: Profile) -> None:
    if recipe.cleanup and profile.late:
        raise CampaignError(
            f'recipe "{recipe.name}": its phases end with their last day (S000-18); choose a profile'
            " that does not call after the deadline (late = false)"
        )


def _terms(
    conn: sqlite3.Connection, plan: Plan, kind: Kind, recipe: Recipe, script: Script, now: datetime
) -> Terms:
    """What the list is selected by; without a seed of the plan chance gives one."""
    reached = frozenset[int]() if plan.again else selection.reached(conn, plan.list_id, script.name)
    return Terms(kind, recipe, plan.seed or secrets.token_hex(8), script.name, now, reached)
