"""What can be wrong with the data the dialer is given.

DialerError
├── ListError        a list file that cannot be read as a whole
├── KindError        a broken kind of list
├── ProductError     a broken product catalogue
├── ProfileError     a broken profile of calling rules
├── RecipeError      a broken recipe of selection
├── CalendarError    a year without data
├── DncListError     an external do-not-call list that is configured wrongly or cannot be had
├── SourceError      a source of fresh news that is configured wrongly or does not answer
├── CampaignError    a campaign that cannot be made
├── UpdateError      news of a policy or claim that cannot be understood
├── BookingError     a time for the next call that cannot be booked
├── FallbackError    another way than the telephone that cannot be taken so
├── TargetError      a broken webhooks.toml
├── CarrierError     what the carrier refused, in `dialer.refusals`
├── UnknownScript    a call was begun with a script that is not installed
└── AlreadyDialing   another dialer works on the ledger
"""

from __future__ import annotations


class DialerError(Exception):
    """The base of everything this room raises; the message says what, where and what to do.

    What people at screens run into has a `fault`, and in `about` the names that stand in the message: the
    screens say it in their own words.
    """

    def __init__(self, message: object = "", fault: str = "", **about: object) -> None:
        super().__init__(message)
        self.fault = fault
        self.about = {name: str(value) for name, value in about.items()}


class ListError(DialerError):
    """A list file cannot be read as a whole."""


class KindError(DialerError):
    """The definition of a kind of list is broken."""


class ProductError(DialerError):
    """The product catalogue is broken."""


class ProfileError(DialerError):
    """A profile of calling rules is broken."""


class RecipeError(DialerError):
    """A recipe of whom to call is broken."""


class CalendarError(DialerError):
    """A year has no published holidays, or the file that supplies them is broken."""


class DncListError(DialerError):
    """An external do-not-call list is configured wrongly or cannot be had."""


class SourceError(DialerError):
    """The core system is asked wrongly, or does not say how a policy stands."""


class CampaignError(DialerError):
    """A campaign cannot be made of what was given."""


class UpdateError(DialerError):
    """News of a policy or claim cannot be understood."""


class BookingError(DialerError):
    """A time for the next call cannot be booked."""


class FallbackError(DialerError):
    """Another way than the telephone cannot be taken so: S002-95, S002-97."""


class TargetError(DialerError):
    """The file of those who are told of results is broken."""


class UnknownScript(DialerError):
    """No script with this digest is installed: the call was begun by another version of the program."""


class AlreadyDialing(DialerError):
    """Another process dials from this ledger; two would exceed the pace of the account."""
