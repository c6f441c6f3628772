"""Processes that refuse and processes that claim, at once: what was refused before is never claimed after."""

from __future__ import annotations

import json
import multiprocessing
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

from ledger import connect, dnc, events, migrate, transaction
from tests.ledger_rows import FIRST_NUMBER, NOW, allow_unlisted, campaign, claim_some, contact

PEOPLE = 300


def claim_all(path: Path, start: Barrier) -> None:
    """Claim one by one until nothing is left."""
    with closing(connect(path)) as conn:
        start.wait()
        while claim_some(conn, 1, gate=allow_unlisted):
            pass


def refuse_all(path: Path, start: Barrier) -> None:
    """Refuse for everybody, the last to be claimed first: every other by number, the rest by customer."""
    with closing(connect(path)) as conn:
        start.wait()
        for row in range(PEOPLE, 0, -1):
            with transaction(conn):
                dnc.add(
                    conn, numbers=[FIRST_NUMBER + row] if row % 2 else [],
                    customer_key="" if row % 2 else f"customer-{row}", purpose="all", scope="company",
                    reason="asked", source="letter", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
                )  # fmt: skip


def test_an_entry_committed_before_a_claim_always_wins(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    migrate(path)
    with closing(connect(path)) as conn:
        campaign(conn, [contact(row) for row in range(1, PEOPLE + 1)])
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    works = [context.Process(target=one, args=(path, start)) for one in (claim_all, refuse_all, claim_all)]
    for work in works:
        work.start()
    for work in works:
        work.join()
    assert [work.exitcode for work in works] == [0, 0, 0]
    with closing(connect(path)) as conn:
        refused, claimed = {}, {}
        for event_id, kind, data in conn.execute("select id, kind, data from events"):
            for row_id in json.loads(data).get({"dnc": "dnc", "claimed": "calls"}.get(kind, ""), ()):
                (refused if kind == "dnc" else claimed)[row_id] = event_id
        late = conn.execute(
            "select c.id, d.id from calls c join tasks t on t.id = c.task_id"
            " join contacts k on k.id = t.contact_id"
            " join dnc d on d.number = c.to_number or d.customer_key = k.customer_key"
        ).fetchall()
        assert len(late) == len(claimed) > 0
        assert [pair for pair in late if refused[pair[1]] < claimed[pair[0]]] == []
        assert len(refused) == PEOPLE
        assert events.verify(conn) == []
