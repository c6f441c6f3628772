"""What the carrier's refusals mean: try another number, try later, ask first, or stop the run."""

from __future__ import annotations

from enum import StrEnum

from dialer.errors import DialerError


class Kind(StrEnum):
    """What a failed request says about the call that was asked for."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    SETUP = "setup"


class CarrierError(DialerError):
    """The carrier did not do what was asked; `kind` says what follows, `code` is Twilio's or the HTTP status.

    The message never holds the carrier's words, because they repeat the customer's number.
    """

    def __init__(self, message: str, kind: Kind, code: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code


NUMBER_CODES = frozenset(
    {
        13223,  # Dial: invalid phone number format
        13224,  # Dial: number cannot be called or is invalid
        13225,  # Dial: forbidden phone number
        13226,  # Dial: invalid country code
        13227,  # Dial: no international authorization
        21202,  # To is a premium number
        21203,  # international calling not enabled
        21211,  # invalid To
        21214,  # To cannot be reached
        21215,  # geographic permission missing
        21216,  # account may not call To
        21217,  # To does not appear to be valid
        21219,  # To not verified (trial account)
        32205,  # geographic permission missing
    }
)
LATER_CODES = frozenset(
    {
        10004,  # call concurrency limit exceeded
        20429,  # too many requests
        22005,  # more than 24 hours of calls queued
        86008,  # concurrency limit reached
    }
)
SETUP_CODES = frozenset(
    {
        10001,  # account not active
        10002,  # not for trial accounts
        10005,  # voice calling disabled for this account
        20001,  # unknown parameters
        20003,  # authentication failed
        20004,  # method not allowed
        20005,  # account not active
        20006,  # access denied
        20007,  # page size too large
        20008,  # test credentials may not use this resource
        20403,  # forbidden
        20404,  # account or call not found
        21201,  # no To given
        21205,  # invalid Url
        21206,  # invalid SendDigits
        21207,  # invalid IfMachine
        21208,  # invalid Timeout
        21209,  # invalid Method
        21210,  # From not verified
        21212,  # invalid From
        21213,  # no From given
        21218,  # invalid ApplicationSid
        21609,  # invalid StatusCallback
        21262,  # no AsyncAmdStatusCallback
        32018,  # Twiml longer than 4000 characters
    }
)
UNKNOWN_CODES = frozenset(
    {
        20500,  # internal server error
        20503,  # service unavailable
        21204,  # call already initiated
        21220,  # call is not in a state that allows this
    }
)
KINDS: dict[int, Kind] = {
    **dict.fromkeys(NUMBER_CODES, Kind.PERMANENT),
    **dict.fromkeys(LATER_CODES, Kind.TRANSIENT),
    **dict.fromkeys(SETUP_CODES, Kind.SETUP),
    **dict.fromkeys(UNKNOWN_CODES, Kind.UNKNOWN),
}

NOT_FOUND = 20404


def of_response(status: int, code: int | None) -> Kind:
    """The kind of an error answer to a submission; the HTTP status decides where the code is not known.

    A server error may come after the call was accepted, so that no 5xx is ever dialed again blindly.
    """
    if status >= 500 or status == 408:
        return Kind.UNKNOWN
    if code in KINDS:
        return KINDS[code]
    if status == 429:
        return Kind.TRANSIENT
    if status in (400, 409, 422):
        return Kind.PERMANENT
    return Kind.SETUP


def reading(kind: Kind) -> Kind:
    """The same failure when the request only reads or hangs up: asking again does no harm."""
    return Kind.TRANSIENT if kind is Kind.UNKNOWN else kind
