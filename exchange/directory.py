"""What the account has: phone numbers, applications, verified caller ids and API keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from exchange.account import API_VERSION, Account, same
from exchange.order import Order, Target


@dataclass(frozen=True, slots=True)
class Voice:
    """What happens to a call: which document answers it, what if that fails, and who hears how it goes."""

    voice: Target | None
    fallback: Target | None
    status: Target | None
    application_sid: str | None = None
    phone_number_sid: str | None = None
    looks_up_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """What an application and a number have in common: where their calls and messages are answered."""

    sid: str
    created: float
    updated: float
    friendly_name: str
    api_version: str = API_VERSION
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Webhooks):
    """A named set of webhooks: https://www.twilio.com/docs/usage/api/applications."""

    sms_status_callback: str | None = None
    message_status_callback: str | None = None
    public_application_connect_enabled: bool = False

    @property
    def answering(self) -> Voice:
        """What happens to the application's calls."""
        return _voice(self, self.sid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Webhooks):
    """A phone number of the account: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource."""

    phone_number: str
    type: str
    voice_application_sid: str | None = None
    voice_receive_mode: str = "voice"
    sms_application_sid: str | None = None
    trunk_sid: str | None = None
    address_sid: str | None = None
    identity_sid: str | None = None
    bundle_sid: str | None = None
    emergency_status: str = "Inactive"
    emergency_address_sid: str | None = None

    @property
    def answering(self) -> Voice:
        """What happens to calls to the number by its own URLs; `Directory.voice_of` heeds its application."""
        return _voice(self, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId:
    """A number of somebody else that was verified: https://www.twilio.com/docs/voice/api/outgoing-caller-ids."""

    sid: str
    created: float
    updated: float
    phone_number: str
    friendly_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key; a main one may do what the account's token may, others not touch keys and accounts."""

    sid: str
    created: float
    updated: float
    friendly_name: str
    secret: str
    main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What may change about the account."""

    created: float
    updated: float
    friendly_name: str = "Exchange"


@dataclass(slots=True, eq=False)
class Directory:
    """The account's belongings, oldest first; numbers and caller ids by number, the others by SID."""

    profile: Profile
    numbers: dict[str, Number] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    caller_ids: dict[str, CallerId] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)

    def number(self, e164: str) -> Number | None:
        """The account's phone number with these digits."""
        return self.numbers.get(e164)

    def application(self, sid: str) -> Application | None:
        """The application of this SID."""
        return self.applications.get(sid)

    def key(self, sid: str) -> Key | None:
        """The API key of this SID, which opens the API and signs access tokens."""
        return self.keys.get(sid)

    def owns(self, number: str) -> bool:
        """Whether the account may call from this number: it was bought or verified."""
        return number in self.numbers or number in self.caller_ids

    def phone_number_sid(self, number: str) -> str | None:
        """The SID of the account's own or verified number with these digits."""
        found = self.numbers.get(number) or self.caller_ids.get(number)
        return found.sid if found else None

    def may_call_from(self, caller: str) -> bool:
        """Whether calls may show this caller: any, until the account has a first number of its own."""
        return not self.numbers or not caller.startswith("+") or self.owns(caller)

    def voice_of(self, number: str) -> Voice | None:
        """What answers a call to this number: its application, if it has one, and else its own URLs."""
        found = self.numbers.get(number)
        if found is None:
            return None
        application = self.applications.get(found.voice_application_sid or "")
        return replace((application or found).answering, phone_number_sid=found.sid)

    def drop_application(self, sid: str) -> None:
        """Forgets an application; the numbers that used it go back to their own URLs, as with Twilio."""
        del self.applications[sid]
        for e164, number in self.numbers.items():
            if sid in (number.voice_application_sid, number.sms_application_sid):
                self.numbers[e164] = replace(
                    number,
                    voice_application_sid=_unless(number.voice_application_sid, sid),
                    sms_application_sid=_unless(number.sms_application_sid, sid),
                )

    def admits(self, user: str, password: str) -> Key | None:
        """The API key these credentials are, if they are one."""
        key = self.keys.get(user)
        return key if key and same(password, key.secret) else None


def arriving(voice: Voice, to: str, caller: str) -> Order | None:
    """The order for an incoming call to a number with these webhooks; None when nothing answers there.

    The status callback of a number or an application hears of the end only.
    """
    if voice.voice is None:
        return None
    return Order(
        to=to,
        caller=caller,
        document=voice.voice,
        fallback=voice.fallback,
        status=voice.status,
        application_sid=voice.application_sid,
        phone_number_sid=voice.phone_number_sid,
    )


def opened(account: Account, now: float) -> Directory:
    """The directory of a fresh exchange: nothing but the account's own key."""
    key = Key(
        sid=account.api_key,
        created=now,
        updated=now,
        friendly_name="Exchange",
        secret=account.api_secret,
        main=True,
    )
    return Directory(Profile(created=now, updated=now), keys={key.sid: key})


def _voice(one: Webhooks, application_sid: str | None) -> Voice:
    return Voice(
        _target(one.voice_url, one.voice_method),
        _target(one.voice_fallback_url, one.voice_fallback_method),
        _target(one.status_callback, one.status_callback_method),
        application_sid,
        looks_up_names=one.voice_caller_id_lookup,
    )


def _target(url: str | None, method: str) -> Target | None:
    return Target(url, method) if url else None


def _unless(kept: str | None, gone: str) -> str | None:
    return None if kept == gone else kept
