"""What can go wrong, as one tree.

ExchangeError
├── SettingError     a flag, variable or file the exchange cannot start with
├── RestError        a refused REST request: status, code and message of the answer
├── WebhookError     a customer application that could not be reached or answered badly
├── DocumentError    TwiML that cannot be performed
└── SignalError      a browser's token or message that is refused
"""

from __future__ import annotations

from exchange.log import NOWHERE, Visit


class ExchangeError(Exception):
    """Anything the exchange refuses; the message says what, where and what to do."""


class SettingError(ExchangeError):
    """A flag, variable or file that keeps the exchange from starting."""


class RestError(ExchangeError):
    """A refused REST request, answered as `{code, message, more_info, status}`."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class WebhookError(ExchangeError):
    """A customer application that did not answer usefully, with Twilio's error code."""

    def __init__(self, code: int, url: str, reason: str, visit: Visit = NOWHERE) -> None:
        super().__init__(reason)
        self.code, self.url, self.visit = code, url, visit


class DocumentError(ExchangeError):
    """TwiML that cannot be performed, with Twilio's error code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class SignalError(ExchangeError):
    """A browser's token or message that is refused, with the code of the Voice SDK's error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
