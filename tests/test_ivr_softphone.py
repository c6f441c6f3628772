"""Our softphone in a real Chromium: it stands in the room, and comes back from whatever happens to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from exchange_chromium import ALICE, BOB, Browser, browsers
from exchange_person import Caller
from softphone_page import AGENT, SUPERVISOR, WORDS, Office, Phone, Phones, an_office, open_page

__all__ = ["browsers"]

pytestmark = pytest.mark.xdist_group("chromium")

TONE = 660.0


@pytest.fixture(scope="module")
def open_office() -> Iterator[Office]:
    with an_office() as found:
        yield found


@pytest.fixture
def office(open_office: Office) -> Iterator[Office]:
    yield open_office
    open_office.clear()


@pytest.fixture
def phones(browsers: Callable[..., Browser], office: Office) -> Iterator[Phones]:
    """Opens pages: `phones()` for the agent, `phones(SUPERVISOR, BOB)`; a broken page fails the test."""
    opened: list[Phone] = []
    with ExitStack() as stack:

        def opening(user: int = AGENT, hertz: float = ALICE, **limits: int) -> Phone:
            opened.append(open_page(browsers(hertz), office, user, **limits))
            stack.callback(opened[-1].page.context.close)
            return opened[-1]

        yield opening
        assert [error for one in opened for error in one.broken] == []


def standing(office: Office, phone: Phone) -> None:
    phone.start()
    phone.until("standing")
    office.line.until(lambda: AGENT in office.legs)


def test_agent_and_customer_hear_each_other_and_mute_silences(office: Office, phones: Phones) -> None:
    phone = phones()
    standing(office, phone)
    customer = Caller(office.line, "/join")
    office.line.until(lambda: customer.call.sid in office.in_room())
    office.line.until(lambda: office.hears(ALICE) < 15)
    customer.speak(TONE, 0.5)
    phone.hears(TONE)
    phone.run("phone.mute(true)")
    office.line.until(lambda: office.hears(0) == 0)
    phone.run("phone.mute(false)")
    office.line.until(lambda: office.hears(ALICE) < 15)
    assert [state for state, *_ in phone.seen] == ["microphone", "connecting", "standing"]
    assert phone.run("levels.some(({ input }) => input > 0)")
    assert phone.run("phone.sid") == office.legs[AGENT]


def test_a_page_loaded_anew_stands_in_the_same_room_and_the_customer_stays(
    office: Office, phones: Phones
) -> None:
    phone = phones()
    standing(office, phone)
    customer, before = Caller(office.line, "/join"), office.legs[AGENT]
    office.line.until(lambda: office.in_room() == {before, customer.call.sid})
    phone.page.reload()
    phone.page.wait_for_function("window.phone")
    office.line.until(lambda: before in office.gone_legs)
    standing(office, phone)
    office.line.until(lambda: office.in_room() == {office.legs[AGENT], customer.call.sid})
    office.line.until(lambda: office.hears(ALICE) < 15)


def test_a_closed_page_leaves_the_room(office: Office, phones: Phones) -> None:
    phone = phones()
    standing(office, phone)
    phone.page.goto("about:blank")
    office.line.until(lambda: not office.in_room() and AGENT not in office.legs)


def test_the_agent_stands_again_after_the_exchange_was_restarted_and_stays_muted(
    office: Office, phones: Phones
) -> None:
    phone = phones()
    standing(office, phone)
    phone.run("phone.mute(true)")
    before = office.legs.pop(AGENT)
    office.end()
    phone.until("shaky", "no_network")
    phone.forget()
    office.start()
    phone.until("standing")
    office.line.until(lambda: office.legs.get(AGENT, before) != before)
    assert phone.run("phone.muted")
    office.line.until(lambda: office.hears(0) == 0)


def test_a_refused_token_is_told_in_words_and_a_right_one_heals_it(office: Office, phones: Phones) -> None:
    phone = phones()
    office.secret = "x" * 32
    phone.start()
    phone.until("waiting", "token_refused")
    assert ["waiting", "token_refused", WORDS["token_refused"]] in phone.seen
    office.secret = "s" * 32
    phone.until("standing")


def test_who_is_not_on_shift_is_told_so_and_not_tried_again(office: Office, phones: Phones) -> None:
    phone = phones()
    office.on_shift = False
    phone.start()
    phone.until("stopped", "not_on_shift")
    office.on_shift = True
    phone.start()
    phone.until("standing")


def test_another_place_takes_the_line_over_and_keeps_it(office: Office, phones: Phones) -> None:
    first, second = phones(), phones(AGENT, BOB)
    standing(office, first)
    second.start()
    first.until("stopped", "replaced")
    office.line.until(lambda: office.hears(BOB) < 15)
    assert second.run("phone.state") == "standing"


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(office: Office, phones: Phones) -> None:
    phone = phones(token=300)
    office.stuck.clear()
    phone.start()
    phone.until("waiting", "no_server")
    office.stuck.set()
    phone.until("standing")


def test_a_call_that_is_not_answered_is_not_waited_for_for_ever(office: Office, phones: Phones) -> None:
    phone = phones(connect=800)
    office.answered.clear()
    phone.start()
    phone.until("waiting", "no_line")
    office.answered.set()
    phone.until("standing")


def test_a_line_without_sound_is_made_anew(office: Office, phones: Phones) -> None:
    phone = phones(silence=900)
    standing(office, phone)
    office.freeze(2.5)
    phone.until("waiting", "no_sound")
    phone.forget()
    phone.until("standing")


def test_the_token_is_renewed_before_it_ends(office: Office, phones: Phones) -> None:
    office.ttl = 2
    phone = phones()
    standing(office, phone)
    office.line.until(lambda: len(office.tokens) > 2)
    assert office.tokens[0] == ""
    assert set(office.tokens[1:]) == {office.legs[AGENT]}
    assert phone.run("phone.state") == "standing"


def test_a_supervisor_listens_by_the_same_telephone_and_an_agent_may_not(
    office: Office, phones: Phones
) -> None:
    agent = phones()
    standing(office, agent)
    boss = phones(SUPERVISOR, BOB)
    boss.start(desk=AGENT, mode="listen")
    boss.until("standing")
    boss.hears(ALICE)
    boss.run("phone.stop()")
    agent.run("phone.stop()")
    agent.start(desk=SUPERVISOR, mode="listen")
    agent.until("stopped", "not_on_shift")


def test_the_microphone_check_shows_how_loud_it_is(office: Office, phones: Phones) -> None:
    phone = phones()
    level = phone.run(
        "() => new Promise(async (resolve) => {"
        " const meter = await phone.check((level, silentFor) => {"
        "  if (level > 0.1 && silentFor < 1000) { meter.close(); resolve(level); } }); })"
    )
    assert 0.1 < level <= 1
    assert phone.run("phone.devices().then(({ inputs }) => inputs.length > 0)")


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        ("--use-fake-device-for-media-stream", "no_microphone"),
        ("--use-fake-ui-for-media-stream", "no_permission"),
    ],
)
def test_a_microphone_that_cannot_be_used_is_told_in_words(
    browsers: Callable[..., Browser], office: Office, left_out: str, reason: str
) -> None:
    phone = open_page(browsers(ALICE, without=left_out), office)
    phone.start()
    phone.until("stopped", reason)
    assert ["stopped", reason, WORDS[reason]] in phone.seen
