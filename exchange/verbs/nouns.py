"""The people a `<Dial>` names, as calls to be placed.

https://www.twilio.com/docs/voice/twiml/number and https://www.twilio.com/docs/voice/twiml/client
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import EVENTS, Detection, Order, Target
from exchange.rooms.bridge import Callee
from exchange.verb import method, whole

if TYPE_CHECKING:
    from exchange.performance.session import Session

MOST = 10
"""So many may ring at once."""

_E164 = re.compile(r"\+?[1-9]\d{6,14}")
_DIGITS = re.compile(r"[0-9A-D*#wW]*")


def callees(dial: Element, session: Session, caller: str) -> list[Callee]:
    """Everybody the verb names; who cannot be called is left out with an error."""
    found = [callee for noun in _nouns(dial) if (callee := _callee(noun, dial, session, caller))]
    if len(found) > MOST:
        session.notify(13228, f"<Dial> holds {len(found)} nouns, {MOST} are rung", level="warning")
    return found[:MOST]


def _nouns(dial: Element) -> Iterator[Element]:
    bare = "".join(piece for piece in dial.content if isinstance(piece, str)).strip()
    if bare:
        yield Element("Number", {}, [bare])
    yield from (noun for noun in dial.children() if noun.name in (*_ADDRESSES, *_ELSEWHERE))


def _callee(noun: Element, dial: Element, session: Session, caller: str) -> Callee | None:
    if noun.name in _ELSEWHERE:
        session.notify(13224, f"<{noun.name}> cannot be reached from this exchange", level="warning")
        return None
    address = _ADDRESSES[noun.name](noun)
    if address is None:
        session.notify(13223, f"<{noun.name}>: no phone number or name that can be dialled")
        return None
    order = Order(
        to=address,
        caller=caller,
        document="",
        status=_target(noun, session, "statusCallback"),
        events=_events(noun),
        timeout=min(whole(dial, "timeout", 30), 600),
        send_digits=_send_digits(noun),
        detection=_detection(noun, session),
        custom=_custom(noun),
    )
    return Callee(order, _target(noun, session, "url", "method"))


def _number(noun: Element) -> str | None:
    plain = re.sub(r"[ ().-]", "", noun.text())
    if re.fullmatch(r"[2-9]\d{9}", plain):  # Twilio takes unformatted numbers of the United States
        return f"+1{plain}"
    if not _E164.fullmatch(plain):
        return None
    return plain if plain.startswith("+") else f"+{plain}"


def _client(noun: Element) -> str | None:
    named = [child.text() for child in noun.children() if child.name == "Identity"]
    own = "".join(piece for piece in noun.content if isinstance(piece, str)).strip()
    name = named[0] if named else own
    return f"client:{name}" if name else None


def _sip(noun: Element) -> str | None:
    text = noun.text()
    return (text if text.startswith(("sip:", "sips:")) else f"sip:{text}") if text else None


_ELSEWHERE = ("Sim", "WhatsApp", "Application")
_ADDRESSES = {"Number": _number, "Client": _client, "Sip": _sip}


def _custom(noun: Element) -> dict[str, str]:
    given = (child.attributes for child in noun.children() if child.name == "Parameter")
    return {one["name"]: one.get("value", "") for one in given if "name" in one}


def _events(noun: Element) -> frozenset[str]:
    named = noun.attributes.get("statusCallbackEvent", "").split()
    return frozenset(set(named) & set(EVENTS)) or frozenset({"completed"})


def _send_digits(noun: Element) -> str:
    text = noun.attributes.get("sendDigits", "")
    return text if _DIGITS.fullmatch(text) else ""


def _target(noun: Element, session: Session, url: str, verb: str = "") -> Target | None:
    text = noun.attributes.get(url, "")
    return Target(session.resolve(text), method(noun, verb or f"{url}Method")) if text else None


def _detection(noun: Element, session: Session) -> Detection | None:
    kind = noun.attributes.get("machineDetection", "")
    if kind not in ("Enable", "DetectMessageEnd"):
        return None
    return Detection(
        waits_for_end=kind == "DetectMessageEnd",
        timeout=whole(noun, "machineDetectionTimeout", 30),
        speech=whole(noun, "machineDetectionSpeechThreshold", 2400) / 1000,
        speech_end=whole(noun, "machineDetectionSpeechEndThreshold", 1200) / 1000,
        silence=whole(noun, "machineDetectionSilenceTimeout", 5000) / 1000,
        asynchronous=True,  # the parties are connected meanwhile
        callback=_target(noun, session, "amdStatusCallback"),
    )
