"""Access tokens: a browser may call our TwiML application, in the name of one person.

Source: https://www.twilio.com/docs/iam/access-tokens
"""

from __future__ import annotations

import re

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from ivr.settings import Settings

LIFE = 3600
"""Seconds a token is valid for; the page renews it before it ends."""
LAST = 2**63 - 1
ADDRESS = re.compile("client:agent_([1-9][0-9]{0,18})")
"""Who calls from a browser, as the carrier's signed `From` says; Twilio's names hold no hyphen."""


class NoSoftphone(Exception):
    """Telephones in the browser are not set up; the message names the settings that are missing."""


def issue(settings: Settings, user_id: int) -> dict[str, str | int]:
    """Return a new token as the page takes it; NoSoftphone where a setting is missing."""
    if lacking := settings.softphone_lacks:
        raise NoSoftphone(f"not set: {', '.join(lacking)}; use the desk phone, or see docs/desk-telephony.md")
    identity = identity_of(user_id)
    signed = AccessToken(
        settings.account_sid, settings.api_key, settings.api_secret, identity=identity, ttl=LIFE
    )
    signed.add_grant(VoiceGrant(outgoing_application_sid=settings.twiml_app_sid, incoming_allow=False))
    return {"token": str(signed.to_jwt()), "identity": identity, "ttl": LIFE}


def identity_of(user_id: int) -> str:
    """The name by which the carrier knows a person's browser."""
    return f"agent_{user_id}"


def user_of(address: str) -> int | None:
    """Who calls from this address; None for a telephone number or a browser of somebody else."""
    found = ADDRESS.fullmatch(address)
    return int(found[1]) if found and int(found[1]) <= LAST else None
