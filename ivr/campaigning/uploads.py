"""The pages of lists: a file goes to the disk and into the queue, and what became of its rows is shown."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for

from dialer.lists.importer import UNFINISHED
from dialer.lists.kinds import kinds, load_kind
from dialer.lists.words import header
from ivr.bodies import sent
from ivr.campaigning import errand
from ivr.campaigning.seeing import ACT, READ
from ivr.edge import edge, now, store
from ivr.home import Home
from ivr.intake.places import inbox, safe_name
from ivr.intake.taking import LARGEST, TooLarge, Wanted, take_in
from ivr.people.protection import takes
from ivr.people.rights import act, allowed, audit, signed_in
from ivr.texts import t, texts
from ledger import NotAllowed, intakes, lists
from ledger.intakes import FAILED, WAITING, Intake
from ledger.lists import ListRow

SHOWN = 100
"""Refused and flagged rows on the page; the download has them all."""
RECENT = 8
AT_ONCE = BoundedSemaphore(4)
"""Uploads at the same time: each holds a thread as long as it lasts, and the carrier needs threads, too."""

blueprint = Blueprint("lists", __name__)


@blueprint.get("/lists")
@allowed(*READ)
def listing() -> str:
    """All lists, the newest first, and a place to drop a file."""
    with store().read() as conn:
        found, files = lists.listing(conn), intakes.latest(conn, RECENT)
    return render_template(
        "lists.html",
        lists=list(reversed(found)),
        files=[told(one) for one in _unfinished(files)],
        kinds=[(name, load_kind(name).title) for name in kinds()],
        title=_title,
        unfinished=UNFINISHED,
        words=texts("lists"),
        acts=signed_in().role in ACT,
    )


def _unfinished(files: list[Intake]) -> list[Intake]:
    """Files that are no list; one that was imported after all, as another kind or mapped, is left out."""
    done = {one.digest for one in files if one.status == intakes.IMPORTED}
    return [one for one in files if one.digest not in done]


@blueprint.post("/lists/files")
@allowed(*ACT)
@takes(LARGEST)
def send() -> Response:
    """Store a file and queue it; a process of its own imports it."""
    kind, name = request.args.get("kind", ""), request.args.get("name", "")
    if kind not in kinds():
        raise NotAllowed("choose_kind")
    if request.content_length is None:
        raise NotAllowed("not_whole")
    if not AT_ONCE.acquire(blocking=False):
        raise NotAllowed("too_many")
    try:
        wanted = Wanted(kind, safe_name(name), signed_in().name)
        intake = take_in(Home(edge().settings.home), store(), request.stream, wanted, now())
    except TooLarge:
        raise NotAllowed("too_large") from None
    finally:
        AT_ONCE.release()
    audit("list_sent", f"import:{intake.intake_id}")
    return jsonify(told(intake, again=intake.status == intakes.IMPORTED))


@blueprint.get("/lists/files/<int:intake_id>")
@allowed(*READ)
def progress(intake_id: int) -> Response:
    """How far a file is."""
    return jsonify(told(_intake(intake_id)))


def told(intake: Intake, *, again: bool = False) -> dict[str, Any]:
    """A file as the page gets it; `list` leads to what became of it, and says so if that was before."""
    report = json.loads(intake.report) if intake.report else {}
    return {
        "id": intake.intake_id,
        "name": intake.name,
        "kind": intake.kind,
        "status": intake.status,
        "rows": intake.rows,
        "problem": _problem(report),
        "maps": report.get("code") == "columns_missing",
        "list": _place(intake, again=again or bool(report.get("unchanged"))) if intake.list_id else "",
    }


def _place(intake: Intake, *, again: bool) -> str:
    return url_for("lists.page", list_id=intake.list_id, again="1" if again else None)


def _problem(report: dict[str, Any]) -> str:
    """What is wrong with a file, in the words of the page; those of the report where the page has none."""
    key = f"failed_{report.get('code')}"
    return t(f"lists.{key}", **report["about"]) if key in texts("lists") else str(report.get("problem", ""))


@blueprint.get("/lists/files/<int:intake_id>/headers")
@allowed(*ACT)
def headers(intake_id: int) -> Response:
    """Headers of a failed file that nobody knows, and the columns that lack one."""
    intake = _failed(intake_id)
    try:
        found = errand.run("lists", "headers", f"--kind={intake.kind}", "--json", "--", intake.path)
    except errand.Refused as why:
        if why.code == "busy":
            raise NotAllowed("too_many") from None
        return jsonify(unknown=[], missing=[])
    kind = load_kind(intake.kind)
    known = {column.name: column.headers[0] for column in kind.columns}
    missing = [[name, known.get(name, name)] for name in found["missing"]]
    return jsonify(unknown=found["unknown"], missing=missing)


@blueprint.post("/lists/files/<int:intake_id>/mapping")
@allowed(*ACT)
def mapping(intake_id: int) -> Response:
    """Keep which header is which column, for this list and the next of its kind, and import it again."""
    intake, chosen = _failed(intake_id), sent()
    columns = {column.name for column in load_kind(intake.kind).columns}
    pairs = [(name, column) for column, name in chosen.items() if isinstance(name, str) and name.strip()]
    if not pairs or not all(column in columns for _, column in pairs):
        abort(400)
    path = _waiting(intake)

    def deed(conn: Any, at: Any) -> None:
        for name, column in pairs:
            lists.map_header(conn, intake.kind, header(name), column, at)
        intakes.again(conn, intake_id, str(path))

    act("list_sent", f"import:{intake_id}", deed)
    return jsonify(told(_intake(intake_id)))


def _waiting(intake: Intake) -> Path:
    """Where the file lies again while it waits."""
    place = inbox(Home(edge().settings.home)).waiting / intake.digest / safe_name(intake.name)
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(intake.path).replace(place)
    return place


@blueprint.get("/lists/<int:list_id>")
@allowed(*READ)
def page(list_id: int) -> str:
    """One list: counts, refused rows with what to do, flagged rows."""
    with store().read() as conn:
        found = _list(list_id, lists.get(conn, list_id))
        refused = lists.list_errors(conn, list_id, SHOWN)
        flagged = lists.list_remarks(conn, list_id, SHOWN)
    audit("list_read", f"list:{list_id}")
    return render_template(
        "list.html",
        one=found,
        refused=refused,
        flagged=flagged,
        title=_title,
        shown=SHOWN,
        words=texts("lists"),
    )


@blueprint.get("/lists/<int:list_id>/refused")
@allowed(*ACT)
def refused(list_id: int) -> Response:
    """The refused rows as a file in the columns of the original, to be corrected and imported."""
    with store().read() as conn:
        found = _list(list_id, lists.get(conn, list_id))
        origin = intakes.of_list(conn, list_id)
    audit("refused_read", f"list:{list_id}")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "refused.csv"
        place = [f"--from={origin.path}"] if origin else []
        try:
            errand.run("lists", "refused", str(list_id), f"--out={out}", *place)
        except errand.Refused as why:
            raise NotAllowed("no_original" if why.code == "refused" else "too_many") from None
        data = out.read_bytes()
    answer = Response(data, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{Path(found.name).stem}-refused.csv")
    return answer


def _list(list_id: int, found: ListRow | None) -> ListRow:
    if found is None:
        abort(404)
    return found


def _intake(intake_id: int) -> Intake:
    with store().read() as conn:
        found = intakes.get(conn, intake_id)
    if found is None:
        abort(404)
    return found


def _failed(intake_id: int) -> Intake:
    intake = _intake(intake_id)
    if intake.status != FAILED:
        raise NotAllowed("running" if intake.status == WAITING else "done")
    return intake


def _title(kind: str) -> str:
    """The title of a kind; its name where the kind is gone."""
    return load_kind(kind).title if kind in kinds() else kind


@blueprint.errorhandler(NotAllowed)
def not_allowed(error: NotAllowed) -> tuple[Response, int]:
    """Say why not, in the words of the page."""
    message = texts("lists").get(error.code) or t("errors.failed")
    return jsonify(error={"code": error.code, "message": message}), 409
