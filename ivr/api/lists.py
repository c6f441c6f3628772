"""Lists over HTTP: send a file, ask how far it is, read what was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from threading import BoundedSemaphore
from typing import Annotated, Literal

from flask import request
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from dialer.lists.kinds import kinds
from ivr.api.operations import Answer, Operation, part, who
from ivr.api.problems import Message, Problem
from ivr.api.reading import refuse
from ivr.api.values import STRICT, Moment, Name, Page, following
from ivr.edge import edge, now, store
from ivr.home import Home
from ivr.intake import taking
from ivr.intake.taking import TooLarge, Wanted, take_in
from ledger import audit, intakes
from ledger import lists as stored
from ledger.intakes import Intake
from ledger.lists import ListRow

lists = part("lists")
UPLOADS = BoundedSemaphore(4)
"""Uploads at the same time: each holds a thread as long as it lasts, and the carrier needs threads, too."""
_MAPPING = TypeAdapter(dict[str, str])
READ = ("lists:write", "campaigns:read")


@dataclass(frozen=True, slots=True, config=STRICT)
class Upload:
    """What the file is: its kind of list and its name.

    `mapping` gives headers that are not known their columns, as a JSON object; it is kept for the kind.
    """

    kind: Annotated[str, Field(json_schema_extra={"enum": list(kinds())})]
    name: Name = "list.csv"
    mapping: Annotated[str, Field(max_length=4000, examples=['{"客户电话": "phone"}'])] = ""


@dataclass(frozen=True, slots=True)
class Import:
    """A file on its way into a list; counts are known when it is imported, `problem` when it failed."""

    id: int
    status: Literal["waiting", "working", "imported", "failed"]
    kind: str
    name: str
    digest: str
    rows: int
    accepted: int | None
    refused: int | None
    flagged: int | None
    list_id: int | None
    campaign_id: int | None
    problem: str
    asked_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An imported list; `rows` is -1 while it is being imported."""

    id: int
    kind: str
    name: str
    digest: str
    encoding: str
    rows: int
    accepted: int
    refused: int
    created_at: Moment
    locked_at: Moment | None


@dataclass(frozen=True, slots=True)
class Lists:
    """A part of the lists, oldest first."""

    items: list[Listed]
    next: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused row of the file: where, and what to do about it in both languages."""

    sheet: str
    row: int
    field: str
    code: str
    reason: Message


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """A part of the refused rows, in the order of the file; `next` counts rows."""

    items: list[Refused]
    next: int | None


@lists.operation(
    Operation(
        "POST",
        "/lists",
        "Send a list file; it is imported in the background, and the same file is the same import",
        Import,
        ("lists:write",),
        query=Upload,
        upload=True,
        status=202,
        refusals=("length_required", "too_large", "busy"),
    )
)
def send(query: Upload) -> Answer:
    """Store the file and queue it; 202 while it waits, 200 when it was imported before."""
    if query.kind not in kinds():
        raise refuse("kind", "choice", "没有这种名单", f"must be one of {', '.join(kinds())}")
    mapping = _mapping(query.mapping)
    if request.content_length is None:
        raise Problem("length_required")
    if not UPLOADS.acquire(blocking=False):
        raise Problem("busy", "four files are being uploaded already", headers={"Retry-After": "30"})
    try:
        intake = _taken(query, mapping)
    finally:
        UPLOADS.release()
    location = {"Location": f"/api/v1/imports/{intake.intake_id}"}
    return Answer(_import(intake), 200 if intake.ended else 202, location)


def _mapping(text: str) -> Mapping[str, str]:
    """Headers with their columns."""
    try:
        return _MAPPING.validate_json(text, strict=True) if text else {}
    except ValidationError:
        raise refuse(
            "mapping",
            "invalid",
            '必须是 JSON 对象，如 {"客户电话": "phone"}',
            "must be a JSON object of texts",
        ) from None


def _taken(query: Upload, mapping: Mapping[str, str]) -> Intake:
    request.max_content_length = taking.LARGEST
    wanted = Wanted(query.kind, query.name, who(), mapping)
    try:
        intake = take_in(Home(edge().settings.home), store(), request.stream, wanted, now())
    except TooLarge as error:
        raise Problem("too_large", str(error)) from None
    by, at, subject = who(), now(), f"import:{intake.intake_id}"
    store().write(lambda conn: audit.note(conn, by, "list_sent", subject, at))
    return intake


@lists.operation(
    Operation("GET", "/imports/<int:import_id>", "How far an import is", Import, ("lists:write",))
)
def progress(import_id: int) -> Import:
    """The state of an import."""
    with store().read() as conn:
        intake = intakes.get(conn, import_id)
    if intake is None:
        raise Problem("not_found")
    return _import(intake)


@lists.operation(Operation("GET", "/lists", "All lists", Lists, READ, query=Page))
def listing(query: Page) -> Lists:
    """A part of the lists."""
    with store().read() as conn:
        found = [row for row in stored.listing(conn) if row.list_id > query.after][: query.limit]
    return Lists(
        [_listed(row) for row in found], following(found, query.limit, found[-1].list_id if found else 0)
    )


@lists.operation(Operation("GET", "/lists/<int:list_id>", "One list", Listed, READ))
def one(list_id: int) -> Listed:
    """A list with its counts."""
    return _listed(_found(list_id))


@lists.operation(
    Operation(
        "GET", "/lists/<int:list_id>/refused", "The refused rows of a list", RefusedRows, READ, query=Page
    )
)
def refused(list_id: int, query: Page) -> RefusedRows:
    """A part of the refused rows."""
    _found(list_id)
    with store().read() as conn:
        found = stored.list_errors(conn, list_id)[query.after : query.after + query.limit]
    items = [
        Refused(one.sheet, one.row, one.field, one.code, Message(one.reason, one.reason_en)) for one in found
    ]
    return RefusedRows(items, following(items, query.limit, query.after + len(items)))


def _found(list_id: int) -> ListRow:
    with store().read() as conn:
        row = stored.get(conn, list_id)
    if row is None:
        raise Problem("not_found")
    return row


def _listed(row: ListRow) -> Listed:
    shown = asdict(row)
    return Listed(id=shown.pop("list_id"), **shown)


def _import(intake: Intake) -> Import:
    told = json.loads(intake.report) if intake.report else {}
    return Import(
        id=intake.intake_id,
        status=intake.status,  # type: ignore[arg-type]
        kind=intake.kind,
        name=intake.name,
        digest=intake.digest,
        rows=intake.rows,
        accepted=told.get("accepted"),
        refused=told.get("refused"),
        flagged=told.get("flagged"),
        list_id=intake.list_id,
        campaign_id=intake.campaign_id,
        problem=told.get("problem", ""),
        asked_at=intake.asked_at,
        started_at=intake.started_at,
        ended_at=intake.ended_at,
    )
