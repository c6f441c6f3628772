"""Where the telephone in the page goes besides our own server, for the content security policy.

Source: https://www.twilio.com/docs/voice/sdks/javascript (signalling, statistics and sounds of the Voice SDK)
"""

from __future__ import annotations

from ivr.settings import Settings

TWILIO = ("wss://voice-js.roaming.twilio.com", "https://eventgw.twilio.com", "https://sdk.twilio.com")


def exchange(settings: Settings) -> str:
    """The local exchange that browsers load a script of, empty where the carrier is Twilio itself."""
    return settings.api_base.rstrip("/")


def asked(settings: Settings) -> tuple[str, ...]:
    """The origins that the pages' scripts connect to and play sounds of; none without such telephones."""
    if settings.softphone_lacks:
        return ()
    base = exchange(settings)
    return (base, base.replace("http", "ws", 1)) if base else TWILIO


def loaded(settings: Settings) -> tuple[str, ...]:
    """The origins besides ours whose scripts the pages run: the exchange's, never Twilio's."""
    base = exchange(settings)
    return () if settings.softphone_lacks or not base else (base,)
