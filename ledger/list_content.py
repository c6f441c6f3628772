"""The digest of what an import made of a file: that the contacts of a list are still those of its file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

from ledger import lists
from ledger.lists import Contact, ListRow
from ledger.records import ContactRow

_BETWEEN = "\x1f"


class Content:
    """The digest of contacts in their order: place, number, customer, facts, deadlines, telephone numbers.

    Flags are left out: they are for people and may be added to.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, contacts: Iterable[ContactRow | Contact]) -> None:
        """Take further contacts in."""
        for one in contacts:
            self._digest.update(
                _BETWEEN.join(
                    (
                        one.sheet,
                        str(one.row),
                        one.policy_no,
                        one.customer_key,
                        one.facts,
                        lists.time_text(one.due_from) or "",
                        lists.time_text(one.due_by) or "",
                        *map(str, one.numbers),
                        "\n",
                    )
                ).encode()
            )

    def hex(self) -> str:
        """The digest of all that was taken in."""
        return self._digest.hexdigest()


def stored(conn: sqlite3.Connection, list_id: int) -> Content:
    """The digest of the contacts as they are in the ledger now."""
    content = Content()
    content.add(lists.contacts(conn, list_id))
    return content


def altered(conn: sqlite3.Connection, found: Iterable[ListRow]) -> Iterator[str]:
    """Those lists whose contacts are not what came of the file; lists of old versions have no digest."""
    for one in found:
        if one.content and stored(conn, one.list_id).hex() != one.content:
            yield f"lists {one.list_id}: its contacts are not those of the file {one.name}"
