"""The ledger: the database of everything that happened, and the only SQL."""

from ledger.connection import connect, transaction
from ledger.errors import LedgerBusy, LedgerError, NotAllowed, NothingSaid, ScriptRefused, UnknownCall
from ledger.migrations import migrate
from ledger.writer import Writer

__all__ = [
    "LedgerBusy",
    "LedgerError",
    "NotAllowed",
    "NothingSaid",
    "ScriptRefused",
    "UnknownCall",
    "Writer",
    "connect",
    "migrate",
    "transaction",
]
