"""What an event says about rows of other tables, so that an edited, deleted or inserted row is found.

An event's data names the rows it stands for by seal and id, and carries one digest of their sealed columns.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from ledger.canonical import Json, Row, digest

SealedRow = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class Seal:
    """Columns that never change once an event has named them; `mark` tells the rows that have them.

    `of_call` is the column that says whose call a row is; rows without one belong to no call.
    """

    table: str
    columns: tuple[str, ...]
    mark: str = "true"
    of_call: str = "call_id"


SEALS: Mapping[str, Seal] = {
    "turns": Seal("turns", ("call_id", "n", "at", "heard", "reply")),
    "answers": Seal("answers", ("call_id", "turn", "step", "category", "raw", "at")),
    "disclosures": Seal("disclosures", ("call_id", "step", "text_digest", "told_at", "offset_ms")),
    "affirmed": Seal("disclosures", ("affirmed_at",), "affirmed_at is not null"),
    "problems": Seal(
        "problems", ("call_id", "task_id", "code", "step", "severity", "note", "opened_at", "due_at")
    ),
    "appointments": Seal("appointments", ("call_id", "task_id", "kind", "due_at", "note", "made_at")),
    "dnc": Seal(
        "dnc",
        ("number", "customer_key", "purpose", "scope", "reason", "source", "call_id", "starts_at", "ends_at"),
    ),
    # Taken back by the customer in a call; with a reason, by somebody of the company or as its list ended it.
    "revoked": Seal("dnc", ("revoked_at",), "revoked_at is not null and revoke_reason = ''"),
    "revocations": Seal("dnc", ("revoked_at", "revoke_reason", "revoked_by"), "revoke_reason <> ''"),
    "decisions": Seal(
        "gate_decisions",
        ("task_id", "call_id", "verdict", "rule", "version", "until", "at"),
        # A deferral decides nothing for good and is written many times over.
        "verdict <> 'defer'",
    ),
    "calls": Seal(
        "calls",
        ("task_id", "campaign_id", "direction", "to_number", "from_number", "script_digest", "claimed_at"),
        "direction = 'outbound'",
    ),
    "facts": Seal("calls", ("facts",), "facts <> '{}'"),
    # Script and task of a call that came in are those of its parts.
    "inbound": Seal(
        "calls", ("direction", "to_number", "from_number", "claimed_at"), "direction = 'inbound'"
    ),
    "parts": Seal("parts", ("call_id", "turn", "script_digest", "task_id", "campaign_id", "facts", "at")),
    "endings": Seal(
        "calls", ("status", "outcome", "outcome_reason", "duration", "ended_at"), "ended_at is not null"
    ),
    "script_steps": Seal(
        "script_steps",
        (
            "digest",
            "name",
            "version",
            "region",
            "status",
            "user_id",
            "reference",
            "filed_on",
            "findings",
            "rules",
            "at",
        ),
        of_call="",
    ),
    "lists": Seal(
        "lists",
        ("kind", "name", "digest", "rows", "accepted", "refused", "content"),
        "content <> ''",
        of_call="",
    ),
    "selections": Seal(
        "selections",
        (
            "campaign_id",
            "recipe",
            "recipe_digest",
            "source",
            "method",
            "seed",
            "rate",
            "contacts",
            "population",
            "population_digest",
            "chosen",
            "chosen_digest",
            "unproven",
            "at",
        ),
        of_call="",
    ),
    # What a rule leaves out is in the digests of the selection; what needed an approval is sealed by itself.
    "exclusions": Seal(
        "exclusions",
        ("campaign_id", "contact_id", "rule", "evidence", "approval", "user", "at"),
        "approval <> ''",
        of_call="",
    ),
    "news": Seal("policy_news", ("key", "kind_of_key", "state", "source", "at"), of_call=""),
    "cancellations": Seal("cancellations", ("task_id", "news_id", "at"), of_call=""),
    "fallback_steps": Seal(
        "fallback_steps",
        ("fallback_id", "task_id", "step", "day", "reference", "note", "user", "at"),
        of_call="",
    ),
    "terms": Seal("appointment_terms", ("call_id", "since", "agent_id")),
    "notes": Seal("notes", ("call_id", "user_id", "at", "text")),
    "recordings": Seal("recordings", ("call_id", "carrier_sid", "url", "announced_at")),
    "audio": Seal(
        "recordings",
        ("path", "bytes", "sha256", "duration_ms", "channels", "stored_at"),
        "sha256 is not null",
    ),
}


def _select(seal: str) -> str:
    key = "call_id = :call_id and n = :id" if seal == "turns" else "id = :id"
    return f"select {', '.join(SEALS[seal].columns)} from {SEALS[seal].table} where {key}"


SELECTS = {seal: _select(seal) for seal in SEALS}


def sealed(rows: Mapping[str, Sequence[SealedRow]]) -> dict[str, Json]:
    """The part of an event's data that stands for rows: their ids by seal, and one digest of them all."""
    data: dict[str, Json] = {}
    content: dict[str, Json] = {}
    for seal, entries in rows.items():
        if entries:
            data[seal], content[seal] = zip(*entries, strict=True)
    data["rows"] = digest(content)
    return data


@dataclass(slots=True)
class Witness:
    """Compares the tables with one event after another, and remembers which rows the events knew."""

    conn: sqlite3.Connection
    known: dict[str, set[tuple[int, int]]] = field(default_factory=lambda: {seal: set() for seal in SEALS})
    imported: list[tuple[int, int]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def compare(self, event_id: int, call_id: int | None, data: Mapping[str, Any]) -> None:
        """Read the rows that an event names and compare their digest."""
        if "imported" in data:
            self._compare_import(event_id, data)
        elif "rows" in data:
            self._compare_rows(event_id, call_id, data)

    def strangers(self, call_id: int | None = None) -> Iterator[str]:
        """Rows that no event knows: of one call, or of all."""
        for name, seal in SEALS.items():
            if call_id is not None and not seal.of_call:
                continue
            for row_id, of_call in self._marked(name, seal, call_id):
                if not self._knows(name, row_id, of_call):
                    yield f"{seal.table} {row_id}: no event knows it{_of(name, of_call)}"

    def _compare_rows(self, event_id: int, call_id: int | None, data: Mapping[str, Any]) -> None:
        found: dict[str, list[Row]] = {}
        for name in sorted(SEALS.keys() & data.keys()):
            found[name] = []
            for row_id in data[name]:
                self.known[name].add((row_id, call_id or 0 if name == "turns" else 0))
                found[name].extend(self._read(name, event_id, row_id, call_id))
        if digest(found) != data["rows"]:
            rows = ", ".join(f"{SEALS[name].table} {row_id}" for name in found for row_id in data[name])
            self.findings.append(f"event {event_id}: differs from what it sealed: {rows}")

    def _read(self, name: str, event_id: int, row_id: int, call_id: int | None) -> list[Row]:
        rows = self.conn.execute(SELECTS[name], {"id": row_id, "call_id": call_id}).fetchall()
        if not rows:
            self.findings.append(f"event {event_id}: {SEALS[name].table} {row_id}: missing")
        return rows

    def _compare_import(self, event_id: int, data: Mapping[str, Any]) -> None:
        first, last = data["imported"]
        self.imported.append((first, last))
        columns = ", ".join(SEALS["dnc"].columns)
        rows = self.conn.execute(
            f"select {columns} from dnc where id between ? and ? order by id", (first, last)
        )
        if digest(rows.fetchall()) != data["rows"]:
            self.findings.append(f"event {event_id}: differs from what it sealed: dnc {first} to {last}")

    def _marked(self, name: str, seal: Seal, call_id: int | None) -> sqlite3.Cursor:
        key, call = ("n", "call_id") if name == "turns" else ("id", "0")
        of_call = "id" if seal.table == "calls" else "call_id"
        limit = "" if call_id is None else f" and {of_call} = :call_id"
        return self.conn.execute(
            f"select {key}, {call} from {seal.table} where {seal.mark}{limit}", {"call_id": call_id}
        )

    def _knows(self, name: str, row_id: int, of_call: int) -> bool:
        if (row_id, of_call) in self.known[name]:
            return True
        return name == "dnc" and self._imported(row_id)

    def _imported(self, row_id: int) -> bool:
        """Ranges come in the order of the chain, which is the order of the ids."""
        place = bisect_right(self.imported, row_id, key=itemgetter(0))
        return place > 0 and row_id <= self.imported[place - 1][1]


def _of(name: str, call_id: int) -> str:
    return f" (call {call_id})" if name == "turns" else f" ({name})"
