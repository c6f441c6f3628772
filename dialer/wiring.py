"""What the carrier's account must know of us: where its numbers and our browsers' telephones lead.

Source: https://www.twilio.com/docs/usage/api/applications and the resource IncomingPhoneNumbers
"""

from __future__ import annotations

from dialer.carrier import Carrier, inquiry

APPLICATION = "huifang desk"
LEG, LEG_STATUS = "/desk/leg", "/desk/leg/status"
HOTLINE, HOTLINE_STATUS, HOTLINE_FALLBACK = "/hotline", "/hotline/status", "/hotline/fallback"


def application(carrier: Carrier) -> str:
    """The SID of the TwiML application of agents' telephones, made or brought up to date."""
    applications = carrier.client.applications
    wanted = {"voice_url": carrier.hook(LEG), "status_callback": carrier.hook(LEG_STATUS)}
    found = inquiry(lambda: applications.list(friendly_name=APPLICATION, limit=1))
    if found:
        inquiry(lambda: applications(found[0].sid).update(**wanted))
        return str(found[0].sid)
    return str(inquiry(lambda: applications.create(friendly_name=APPLICATION, **wanted)).sid)


def hotline(carrier: Carrier, number: int) -> bool:
    """Let calls to a number of the account come to the hotline; False where it has no such number."""
    numbers = carrier.client.incoming_phone_numbers
    found = inquiry(lambda: numbers.list(phone_number=f"+{number}", limit=1))
    if found:
        inquiry(
            lambda: numbers(found[0].sid).update(
                voice_url=carrier.hook(HOTLINE),
                voice_fallback_url=carrier.hook(HOTLINE_FALLBACK),
                status_callback=carrier.hook(HOTLINE_STATUS),
            )
        )
    return bool(found)
