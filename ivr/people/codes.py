"""One-time codes of the second factor (RFC 6238), and the picture from which a telephone takes the secret."""

from __future__ import annotations

import hmac
import io
from datetime import datetime

import pyotp
import segno

from ledger.people import User

ISSUER = "Huifang 回访"
STEP = 30
AROUND = (0, -1, 1)
"""Steps of thirty seconds that a telephone's clock may be off."""


def secret() -> str:
    """A new secret."""
    return pyotp.random_base32()


def code_at(totp: str, now: datetime) -> str:
    """The six digits that a telephone with this secret shows."""
    return pyotp.TOTP(totp).at(int(now.timestamp()))


def step_of(code: str, totp: str, now: datetime) -> int | None:
    """The step whose code this is, None for a wrong code; which steps were used before, the ledger knows."""
    given = "".join(code.split())
    steps = [int(now.timestamp()) // STEP + offset for offset in AROUND]
    maker = pyotp.TOTP(totp)
    if not given.isascii():
        return None
    return next((step for step in steps if hmac.compare_digest(maker.generate_otp(step), given)), None)


def address(totp: str, user: User) -> str:
    """The `otpauth:` address that a telephone reads."""
    return pyotp.TOTP(totp).provisioning_uri(name=user.name, issuer_name=ISSUER)


def picture(text: str) -> str:
    """The QR code of a text as SVG without a style of its own."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        scale=5,
        border=2,
        svgclass="qr",
        lineclass=None,
        omitsize=True,
    )
    return out.getvalue().decode()
