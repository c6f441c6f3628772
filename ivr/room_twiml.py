"""The documents by which calls meet in an agent's room, wait for it, and are held.

Agent, customer and supervisor name the same status callback, because the first to join fixes it.
Source: https://www.twilio.com/docs/voice/twiml/conference
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from dialer.carrier import RETRIED, SHIFT
from dialer.rooms import Listening, room_of
from ivr.twiml import LANGUAGE, VOICE

MUSIC = "/static/any/waiting.wav"
"""Our own loop of 20 seconds, made by `ivr/music.py`: one round of waiting. Carriers keep it by its ETag."""
EVENTS = "join leave"
CUSTOMER, AGENT, SUPERVISOR = "customer", "agent", "supervisor"
BROWSER, PHONE = "browser", "phone"
DESK_PHONE = "您好，这是坐席话机。请按一，开始接听客户来电。"
NOT_STANDING = "您还没有上班，或者您的账号已停用，线路不能接通。再见。"
NOBODY_THERE = "这位坐席的线路现在没有人。再见。"
HELD = "请您稍等，不要挂机，马上回来。"


def join(base: str, user_id: int, call_id: int) -> str:
    """Put a customer through to an agent's room; `…/alone` is asked for when the agent is not there.

    A room takes one customer: a second has the same label, is not let in, and goes on at `…/left`.
    """
    left = _hook(base, f"/calls/{call_id}/left")
    response = VoiceResponse()
    dial = Dial(action=left, method="POST")
    _conference(
        dial,
        base,
        user_id,
        label=CUSTOMER,
        start_conference_on_enter=False,
        wait_url=_hook(base, f"/calls/{call_id}/alone"),
        wait_method="POST",
    )
    response.append(dial)
    response.redirect(left, method="POST")
    return str(response)


def leg(base: str, user_id: int, leg_sid: str, device: str) -> str:
    """Let an agent stand in the own room; silence until a customer comes.

    The label is another one for each line: a page that was loaded anew must not be kept out by its lost line.
    """
    response = VoiceResponse()
    dial = Dial(time_limit=SHIFT)
    label = f"{AGENT}-{device}-{leg_sid[-8:]}"
    _conference(dial, base, user_id, label=label, start_conference_on_enter=True, wait_url="")
    response.append(dial)
    response.hangup()
    return str(response)


def device_of(label: str) -> str | None:
    """How the agent with this label in a room speaks, None for everybody else."""
    kind, _, rest = label.partition("-")
    return rest.partition("-")[0] if kind == AGENT else None


def supervise(base: str, user_id: int, leg_sid: str, how: Listening, agent_sid: str) -> str:
    """Let a supervisor into an agent's room: muted, heard by the agent alone, or heard by everybody."""
    response = VoiceResponse()
    dial = Dial()
    _conference(
        dial,
        base,
        user_id,
        label=f"{SUPERVISOR}-{leg_sid[-8:]}",
        start_conference_on_enter=False,
        wait_url="",
        muted=how is Listening.LISTEN,
        coach=agent_sid if how is Listening.WHISPER else None,
    )
    response.append(dial)
    response.say(NOBODY_THERE, voice=VOICE, language=LANGUAGE)
    response.hangup()
    return str(response)


def waiting(base: str, call_id: int, words: Sequence[str], action: str | None) -> str:
    """One round of waiting: the words, then music for 20 seconds, then the next round.

    With `action`, a path, one key ends the round and is posted there.
    """
    response = VoiceResponse()
    place: VoiceResponse | Gather = response
    if action is not None:
        place = Gather(
            input="dtmf", num_digits=1, timeout=1, finish_on_key="", action=_hook(base, action), method="POST"
        )
    for sentence in words:
        place.say(sentence, voice=VOICE, language=LANGUAGE)
    place.play(base + MUSIC)
    if place is not response:
        response.append(place)
    response.redirect(_hook(base, f"/calls/{call_id}/waiting"), method="POST")
    return str(response)


@lru_cache(maxsize=8)
def hold_words(base: str, sentence: str = HELD) -> str:
    """What a customer on hold hears: a sentence, then music until taken back."""
    response = VoiceResponse()
    response.say(sentence, voice=VOICE, language=LANGUAGE)
    response.play(base + MUSIC, loop=0)
    return str(response)


def desk_phone(base: str, user_id: int) -> str:
    """Ask whoever picked a desk phone up for a key, because an answering machine presses none."""
    response = VoiceResponse()
    action = _hook(base, f"/desk/phone/{user_id}/leg")
    gather = Gather(input="dtmf", num_digits=1, timeout=10, action=action, method="POST")
    gather.say(DESK_PHONE, voice=VOICE, language=LANGUAGE)
    response.append(gather)
    response.hangup()
    return str(response)


@lru_cache(maxsize=1)
def refused() -> str:
    """Turn away somebody who may not stand in a room; no call is answered."""
    response = VoiceResponse()
    response.reject()
    return str(response)


def _conference(dial: Dial, base: str, user_id: int, *, label: str, **more: object) -> None:
    dial.conference(
        room_of(user_id),
        participant_label=label,
        end_conference_on_exit=False,
        beep="false",
        status_callback=_hook(base, f"/desk/room/{user_id}"),
        status_callback_event=EVENTS,
        status_callback_method="POST",
        **more,
    )


def _hook(base: str, path: str) -> str:
    return f"{base}{path}{RETRIED}"
