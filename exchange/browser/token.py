"""Access tokens: who a browser is, and which calls it may make and take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from exchange.errors import SignalError

LONGEST = 86_400
"""Seconds a token may be valid for: https://www.twilio.com/docs/iam/access-tokens."""

ANONYMOUS = "Anonymous"
"""The name of a caller whose token has no identity."""

_CONTENT = "twilio-fpa;v=1"
_SLACK = 60.0  # the clocks of two machines differ


@dataclass(frozen=True, slots=True)
class Token:
    """What a valid token says; times are unix seconds of the wall clock, which applications sign by."""

    identity: str
    expires: float
    incoming: bool
    application: str | None
    parameters: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """Where its bearer is called, and whom he calls as."""
        return f"client:{self.identity or ANONYMOUS}"


def read(text: str, account: str, secret_of: Callable[[str], str | None], now: float) -> Token:
    """Verifies a token: https://www.twilio.com/docs/api/errors/20101 and those after it."""
    _check_header(text)
    claims = _claims(text)
    issuer, subject = claims.get("iss"), claims.get("sub")
    secret = secret_of(issuer) if isinstance(issuer, str) else None
    if secret is None or subject != account:
        raise SignalError(
            20103, "Invalid Access Token issuer/subject: sign it for this account by one of its keys"
        )
    _check_signature(text, secret)
    _check_times(claims, now)
    return _granted(claims)


def _check_header(text: str) -> None:
    try:
        header = jwt.get_unverified_header(text)
    except (jwt.PyJWTError, UnicodeError) as error:
        raise SignalError(20101, "Invalid Access Token: it is no JSON Web Token") from error
    if header.get("alg") != "HS256" or header.get("cty") != _CONTENT:
        raise SignalError(20102, f"Invalid Access Token header: alg HS256 and cty {_CONTENT} are wanted")


def _claims(text: str) -> dict[str, Any]:
    try:
        return dict(jwt.decode(text, options={"verify_signature": False}))
    except jwt.PyJWTError as error:
        raise SignalError(20101, "Invalid Access Token: its claims cannot be read") from error


def _check_signature(text: str, secret: str) -> None:
    # The times are checked by hand, for their errors have codes of their own.
    try:
        jwt.decode(
            text,
            secret,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except jwt.PyJWTError as error:
        raise SignalError(
            20107, "Invalid Access Token signature: the secret is not that of its key"
        ) from error


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, begins = _time(claims, "exp"), _time(claims, "nbf")
    if expires <= now:
        raise SignalError(20104, "Access Token expired or expiration date invalid")
    if expires > now + LONGEST + _SLACK:
        raise SignalError(31207, "JWT token expiration too long: 24 hours are the most")
    if begins > now + _SLACK:
        raise SignalError(20105, "Access Token not yet valid")


def _granted(claims: Mapping[str, Any]) -> Token:
    grants = _part(claims, "grants")
    if "voice" not in grants:
        raise SignalError(20106, "Invalid Access Token grants: there is no voice grant")
    voice = _part(grants, "voice")
    outgoing, incoming = _part(voice, "outgoing"), _part(voice, "incoming")
    return Token(
        identity=str(grants.get("identity") or ""),
        expires=_time(claims, "exp"),
        incoming=incoming.get("allow") is True,
        application=str(outgoing.get("application_sid") or "") or None,
        parameters=tuple((name, str(value)) for name, value in _part(outgoing, "params").items()),
    )


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = claims.get(name) or {}
    if not isinstance(part, dict):
        raise SignalError(20106, f"Invalid Access Token grants: {name} must be an object")
    return part


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    return value if isinstance(value, int | float) else 0.0
