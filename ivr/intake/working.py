"""Work the queue: import a file, make its campaign, put it away with its report.

A process killed at any point does the same again: the import goes on where it was, a campaign exists once by
its name, and a file is moved when its report is in the ledger.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from dialer.calendar import LOCAL
from dialer.errors import CampaignError, DialerError
from dialer.lists.importer import Progress, Report, import_list
from dialer.lists.refused import write_refused
from ivr.command.campaigns import make
from ivr.command.office import Office
from ivr.home import HomeError
from ivr.intake.places import inbox, resting_place, write_whole
from ivr.intake.taking import Afterwards, discard, plan_of
from ivr.list_terms import list_terms
from ledger import LedgerBusy, LedgerError, campaigns, intakes, transaction
from ledger.intakes import FAILED, IMPORTED, Ended, Intake

log = logging.getLogger(__name__)


class Stopped(Exception):
    """The process was told to end; what it was working goes on at the next start."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a file is worked with; `stop` is looked at between two batches of rows."""

    here: Office
    conn: sqlite3.Connection
    stop: Event

    def step(self) -> bool:
        """Put away what is worked, and work one file; False when there was none."""
        for worked in intakes.lying(self.conn):
            self.put_away(worked)
        intake = intakes.upcoming(self.conn)
        if intake is None:
            return False
        self._work(intake)
        return True

    def put_away(self, intake: Intake, path: Path | None = None) -> None:
        """Write the report beside where the file comes to lie, then move it there."""
        path = path or Path(intake.path)
        place = resting_place(inbox(self.here.home), intake, path)
        write_whole(place.with_name(f"{place.name}.report.json"), intake.report + "\n")
        if path.exists():
            self._write_refused(intake, path, place)
            path.replace(place)
            if inbox(self.here.home).waiting in path.parents:
                discard(path)
        with transaction(self.conn):
            intakes.put_away(self.conn, intake.intake_id, str(place), self.here.clock.now())

    def _work(self, intake: Intake) -> None:
        with transaction(self.conn):
            intakes.begin(self.conn, intake.intake_id, self.here.clock.now())
        ended = self._ended(intake)
        with transaction(self.conn):
            intakes.end(self.conn, intake.intake_id, ended, self.here.clock.now())
        found = intakes.get(self.conn, intake.intake_id)
        if found is not None:
            self.put_away(found)

    def _ended(self, intake: Intake) -> Ended:
        """What becomes of the file; a lock or the end of the process says nothing about it."""
        try:
            report = self._imported(intake)
        except (Stopped, LedgerBusy):
            raise
        except (DialerError, LedgerError, HomeError) as error:
            return self._failed(intake, str(error), *_coded(error))
        except OSError as error:
            return self._failed(intake, f"{intake.name}: cannot be read: {error.strerror}; send it again")
        except Exception:
            log.exception("a file could not be worked", extra={"kind": intake.kind})
            return self._failed(intake, f"{intake.name}: the import broke off; the log says where")
        return self._followed(intake, report)

    def _imported(self, intake: Intake) -> Report:
        terms = list_terms(self.here.home, intake.kind, self.here.clock.now())
        mapping = json.loads(intake.mapping) if intake.mapping else None
        return import_list(
            self.conn, Path(intake.path), terms, mapping=mapping, progress=self._progress(intake)
        )

    def _progress(self, intake: Intake) -> Callable[[Progress], None]:
        def note(reached: Progress) -> None:
            if self.stop.is_set():
                raise Stopped
            with transaction(self.conn):
                intakes.advance(self.conn, intake.intake_id, reached.rows)

        return note

    def _followed(self, intake: Intake, report: Report) -> Ended:
        """The campaign that was asked for; a list without it is imported all the same."""
        plan, campaign_id, problem = plan_of(intake), None, ""
        if plan is not None:
            try:
                campaign_id = begin_campaign(self.here, self.conn, plan, report.list_id)
            except (DialerError, LedgerError, HomeError) as error:
                if isinstance(error, LedgerBusy):
                    raise
                problem = str(error)
        told = _told(intake, IMPORTED, problem) | {
            "list_id": report.list_id,
            "campaign_id": campaign_id,
            "rows": report.rows,
            "accepted": report.accepted,
            "refused": len(report.refused),
            "flagged": len(report.flagged),
            "encoding": report.encoding,
            "unchanged": report.unchanged,
            "ended": report.ended,
            "cancelled": report.cancelled,
            "ignored_columns": list(report.ignored_columns),
            "skipped_sheets": list(report.skipped_sheets),
        }
        return Ended(IMPORTED, _json(told), report.rows, report.list_id, campaign_id)

    def _failed(
        self, intake: Intake, problem: str, code: str = "", about: Mapping[str, str] | None = None
    ) -> Ended:
        told = _told(intake, FAILED, problem) | {"code": code, "about": about or {}}
        return Ended(FAILED, _json(told))

    def _write_refused(self, intake: Intake, path: Path, place: Path) -> None:
        """The refused rows in the columns of the file, ready to be corrected; nothing without any."""
        if intake.list_id is None or intake.status != IMPORTED:
            return
        draft = place.with_name(f".{place.name}.refused.tmp")
        if write_refused(self.conn, intake.list_id, draft, path):
            draft.replace(place.with_name(f"{place.name}.refused.csv"))
        draft.unlink(missing_ok=True)


def begin_campaign(here: Office, conn: sqlite3.Connection, plan: Afterwards, list_id: int) -> int:
    """Make, and if so wished start, the campaign of a list; one that was made before is taken as it is."""
    day = here.clock.now().astimezone(LOCAL).date().isoformat()
    name = plan.name.replace("{date}", day)
    found = campaigns.by_name(conn, name)
    if found is not None and found.list_id != list_id:
        raise CampaignError(f"campaign {name}: there is one of another list; choose another name")
    campaign_id = found.campaign_id if found else _made(here, plan, name, list_id)
    if plan.start and (found is None or found.status == "draft"):
        with transaction(conn):
            campaigns.set_status(conn, campaign_id, "running", here.clock.now())
    return campaign_id


def _made(here: Office, plan: Afterwards, name: str, list_id: int) -> int:
    return make(
        here,
        name,
        list_id,
        caller=plan.caller,
        script=plan.script,
        profile=plan.profile,
        mode=plan.mode,
        unit=plan.unit,
        region=plan.region,
    )


def _told(intake: Intake, status: str, problem: str) -> dict[str, object]:
    return {
        "status": status,
        "file": intake.name,
        "kind": intake.kind,
        "digest": intake.digest,
        "problem": problem,
    }


def _coded(error: Exception) -> tuple[str, Mapping[str, str]]:
    """What the screens say it by, in their own words."""
    return (error.fault, error.about) if isinstance(error, DialerError) else ("", {})


def _json(told: dict[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False)
