"""Reading the fields of a form that creates or changes a resource; every refusal has Twilio's code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiMapping

from exchange.directory import Application, Number
from exchange.errors import RestError

Form = MultiMapping[str]
Reader = Callable[[Form, str], Any]

_FORMS = ("application/x-www-form-urlencoded", "application/octet-stream")  # the second: nothing was said
_NAME_LIMIT = 64


async def form_of(request: web.Request) -> Form:
    """The fields of the request's body, which must be a plain form if there is one."""
    if request.content_type not in _FORMS:
        raise RestError(400, 20001, "the body must be application/x-www-form-urlencoded")
    try:
        return cast("Form", await request.post())  # files come in other types only
    except (ValueError, LookupError) as error:  # bytes that are no text, or an unknown charset
        raise RestError(400, 20001, "the body must be a form in UTF-8") from error


def changes(form: Form, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """What the form says, under the resource's own names: `VoiceUrl` becomes `voice_url`."""
    return {snake(name): read(form, name) for name, read in readers.items() if name in form}


def friendly(form: Form, name: str) -> str:
    """A name for people: https://www.twilio.com/docs/api/errors/20002."""
    text = form[name]
    if not 1 <= len(text) <= _NAME_LIMIT:
        raise RestError(400, 20002, f"{name} must be between 1 and {_NAME_LIMIT} characters long")
    return text


def url(form: Form, name: str) -> str | None:
    """The address of a webhook, None when it is taken away."""
    text = form[name]
    if text and not is_url(text):
        raise RestError(400, 21402, f"{name} is not a valid URL: {text}")
    return text or None


def method(form: Form, name: str) -> str:
    """GET or POST."""
    text = form[name].upper() or "POST"
    if text not in ("GET", "POST"):
        raise RestError(400, 21403, f"{name} must be GET or POST")
    return text


def flag(form: Form, name: str) -> bool:
    """True or false; anything else is false."""
    return form[name].lower() == "true"


def sid(prefix: str) -> Reader:
    """A reader of SIDs of one kind, None when the field is emptied."""
    pattern = re.compile(prefix + "[0-9a-fA-F]{32}")

    def read(form: Form, name: str) -> str | None:
        text = form[name]
        if text and not pattern.fullmatch(text):
            raise RestError(400, 20001, f"{name} must be {prefix} and 32 hexadecimal digits")
        return text or None

    return read


def choice(*known: str) -> Reader:
    """A reader of one of several words."""

    def read(form: Form, name: str) -> str:
        if form[name] not in known:
            raise RestError(400, 20001, f"{name} must be one of {', '.join(known)}")
        return form[name]

    return read


def check_fallbacks(given: Mapping[str, object], one: Application | Number) -> None:
    """Refuses a fallback that is given to something without the address it falls back from."""
    if given.get("voice_fallback_url") and not one.voice_url:
        raise RestError(400, 21405, "Cannot set VoiceFallbackUrl without setting VoiceUrl")
    if given.get("sms_fallback_url") and not one.sms_url:
        raise RestError(400, 21406, "Cannot set SmsFallbackUrl without setting SmsUrl")


def is_url(text: str) -> bool:
    """Whether the text is an absolute address of the web."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text


def snake(name: str) -> str:
    """A field's name as answers write it: `voice_url` for `VoiceUrl`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


WEBHOOKS: dict[str, Reader] = {
    "FriendlyName": friendly,
    "ApiVersion": choice("2010-04-01", "2008-08-01"),
    "VoiceUrl": url,
    "VoiceMethod": method,
    "VoiceFallbackUrl": url,
    "VoiceFallbackMethod": method,
    "StatusCallback": url,
    "StatusCallbackMethod": method,
    "VoiceCallerIdLookup": flag,
    "SmsUrl": url,
    "SmsMethod": method,
    "SmsFallbackUrl": url,
    "SmsFallbackMethod": method,
}
"""The fields that phone numbers and applications have in common."""
