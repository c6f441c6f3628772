"""What can go wrong with the ledger.

LedgerError
├── LedgerBusy     another process kept the write lock past the deadline; try again later
├── UnknownCall    no such call, or another call of the carrier's
├── NothingSaid    the call has no turn that could be repeated
├── NotAllowed     the desk may not do this now; `code` says why
└── ScriptRefused  the life of a script does not allow this; `code` says why
"""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger cannot do what was asked."""


class LedgerBusy(LedgerError):
    """The write lock was not free before the deadline."""


class UnknownCall(LedgerError):
    """There is no such call, or it is another call of the carrier's."""


class NothingSaid(LedgerError):
    """The call has no turn that could be repeated."""


class NotAllowed(LedgerError):
    """The desk may not do this now: signed_off, in_call, no_certificate, no_leg, no_offer."""

    def __init__(self, code: str) -> None:
        super().__init__(f"desk: {code}")
        self.code = code


class ScriptRefused(LedgerError):
    """The life of a script does not allow this; `code` is a key of `ledger.script_life.REASONS`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
