"""The phone page's rules, by its WebSocket alone: who may use it, how it rings, dials, and what it shows."""

from __future__ import annotations

import asyncio
import base64

import aiohttp
import pytest
from exchange_phone import Open, Page, phone
from exchange_studio import ACCOUNT, FROM, TO, Line, Studio, document, person, rule, studio

from exchange.calls import ringing
from exchange.phone import numbers, tabs
from exchange.phone.access import ticket
from exchange.phone.tab import Tab

__all__ = ["phone", "studio"]

FRIEND = "+8613900000001"


def basic(password: str) -> dict[str, str]:
    code = base64.b64encode(f"{ACCOUNT.sid}:{password}".encode()).decode()
    return {"Authorization": f"Basic {code}"}


def voice_number(line: Line, path: str = "/voice") -> str:
    """A number of the account with an application behind it."""
    number = line.client.incoming_phone_numbers.create(phone_number=FROM, voice_url=line.url(path))
    return str(number.phone_number)


def gather(attributes: str) -> str:
    """A document that asks for something; what comes before its words does not count."""
    return document(f'<Gather timeout="20" {attributes}><Say>请讲。</Say></Gather>')


def in_call(line: Line, phone: Open) -> Page:
    """A page that has accepted a call."""
    page = phone(line, TO)
    line.call()
    page.reaches("ringing")
    page.send("accept")
    page.reaches("talking")
    return page


def test_a_page_without_the_ticket_is_told_so_and_sent_away(studio: Studio, phone: Open) -> None:
    page = phone(studio(speed=1), shows="0" * 32)
    assert page.refused() == "ticket"
    page.until(lambda: page.told_of("closed"))
    assert page.told_of("closed")[0]["code"] == aiohttp.WSCloseCode.POLICY_VIOLATION
    assert not page.state


@pytest.mark.parametrize("first", ["", "[]", '"hello"', '{"type": "hello", "ticket": 7}', "{" * 5000])
def test_whoever_says_anything_else_first_is_sent_away(studio: Studio, first: str) -> None:
    page = Page(studio(speed=1))
    page.open({})
    page.send_text(first)
    assert page.refused() == "ticket"
    page.close()


def test_a_program_comes_in_with_the_credentials(studio: Studio, phone: Open) -> None:
    page = phone(studio(speed=1), shows="", headers=basic(ACCOUNT.auth_token))
    page.until(lambda: page.state)


def test_wrong_credentials_do_not_open_the_socket(studio: Studio, phone: Open) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        phone(studio(speed=1), headers=basic("wrong"))


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_another_pages_script_cannot_open_the_socket(studio: Studio, phone: Open, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        phone(studio(speed=1), headers={"Origin": origin})


def test_the_page_itself_may_open_the_socket(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    page = phone(line, headers={"Origin": line.board.base_url})
    page.until(lambda: page.state)


@pytest.mark.parametrize("path", ["/phone", "/phone/socket"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil:x", "[", "a b"])
def test_a_foreign_name_that_leads_here_is_refused(studio: Studio, path: str, host: str) -> None:
    answer = studio(speed=1).http("GET", path, auth=None, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, 20403)


def test_the_page_is_served_with_a_policy_that_forbids_foreign_and_inline_scripts(studio: Studio) -> None:
    line = studio(speed=1)
    answer = line.http("GET", "/phone", auth=None)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (
        line.http("GET", "/phone/phone.js", auth=None).headers["Content-Type"].startswith("text/javascript")
    )
    assert line.http("GET", "/phone/nothing.js", auth=None).status_code == 404
    assert line.http("GET", "/phone/..%2ftab.py", auth=None).status_code == 404


def test_there_is_no_secret_of_the_account_on_the_page(studio: Studio) -> None:
    line = studio(speed=1)
    for path in ("/phone", "/phone/phone.js", "/phone/link.js"):
        text = line.http("GET", path, auth=None).text
        assert ACCOUNT.auth_token not in text
        assert ticket(ACCOUNT) not in text


def test_nobody_signs_in_at_another_speed(studio: Studio, phone: Open) -> None:
    page = phone(studio(speed=20))
    page.until(lambda: page.state)
    assert page.state["speed"] == 20
    page.send("sign_in", number=TO)
    assert page.refused() == "speed"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+86 138-1234 5678", TO),
        ("13812345678", TO),
        ("0086 (138) 12345678", TO),
        ("+1 415.555.2671", "+14155552671"),
        ("12", None),
        ("0138", None),
        ("client:alice", None),
        ("＋８６１３８１２３４５６７８", TO),
        ("+86138१२३४५६७८", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: str | None) -> None:
    assert numbers.read(written) == number


def test_a_number_that_is_none_is_refused(studio: Studio, phone: Open) -> None:
    page = phone(studio(speed=1))
    page.send("sign_in", number="12")
    assert page.refused() == "number"


def test_what_the_customer_knows_and_where_to_sign_in_is_shown(studio: Studio, phone: Open) -> None:
    line = studio(speed=1, people={TO[1:]: {"id_tail": "123X"}})
    page = phone(line)
    page.until(lambda: page.state)
    assert page.state["customers"] == [TO]
    assert page.state["facts"] == {}
    page.send("sign_in", number=TO)
    page.until(lambda: page.state["facts"])
    assert page.state["facts"] == {"id_tail": "123X"}


def test_a_call_rings_at_the_number_and_says_who_calls(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.client.incoming_phone_numbers.create(phone_number=FROM, friendly_name="客户服务")
    page = phone(line, TO)
    call = line.call()
    page.reaches("ringing")
    ringing = page.state["call"]
    assert (ringing["sid"], ringing["other"], ringing["name"]) == (call.sid, FROM, "客户服务")
    assert call.fetch().status == "ringing"


def test_who_accepts_hears_the_document_and_reads_it(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document("<Say>您好。</Say>")
    page = in_call(line, phone)
    assert page.ended() == "completed"
    assert page.captions() == ["您好。"]
    assert page.state["calls"][0]["status"] == "completed"


def test_keys_reach_the_gather(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = gather('action="/done" numDigits="2"')
    line.pages["/done"] = document("<Hangup/>")
    page = in_call(line, phone)
    page.until(lambda: page.captions())
    page.send("press", keys="1")
    page.send("press", keys="#9")  # the telephone ends here, before the second digit
    page.ended()
    assert line.application.asked("/done")[0].form["Digits"] == "1"
    assert page.captions("keys") == ["1", "#9"]


def test_typed_words_reach_the_gather(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = gather('action="/done" input="speech"')
    line.pages["/done"] = document("<Hangup/>")
    page = in_call(line, phone)
    page.until(lambda: page.captions())
    page.send("say", words=" 我是本人 ")
    page.ended()
    assert line.application.asked("/done")[0].form["SpeechResult"] == "我是本人"
    assert page.captions("me") == ["我是本人"]


def test_hanging_up_completes_the_call(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    page = in_call(line, phone)
    page.send("hang_up")
    assert page.ended() == "completed"
    line.quiet()
    assert line.client.calls.list()[0].status == "completed"


def test_declining_makes_the_call_busy(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    page = phone(line, TO)
    call = line.call()
    page.reaches("ringing")
    page.send("decline")
    assert page.ended() == "busy"
    assert call.fetch().status == "busy"


def test_nobody_picking_up_is_no_answer(studio: Studio, phone: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringing, "BUFFER_SECONDS", 0)
    line = studio(speed=1)
    page = phone(line, TO)
    call = line.call(timeout=1)
    page.reaches("ringing")
    line.until(lambda: call.fetch().status == "no-answer")
    assert page.ended() == "no-answer"


def test_who_talks_is_busy_for_others(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    page = in_call(line, phone)
    second = line.call()
    line.until(lambda: second.fetch().status == "busy")
    assert page.stage == "talking"


def test_two_pages_at_a_number_ring_and_the_first_to_accept_has_the_call(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    one, other = phone(line, TO), phone(line, TO)
    line.call()
    one.reaches("ringing")
    other.reaches("ringing")
    other.send("accept")
    other.reaches("talking")
    one.until(lambda: one.stage == "")


def test_of_two_pages_that_accept_at_the_same_moment_one_has_the_call(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    pages = [phone(line, TO), phone(line, TO)]
    line.call()
    for page in pages:
        page.reaches("ringing")

    async def accept() -> None:
        for tab in line.board.handsets.at(TO):
            assert isinstance(tab, Tab)
            await tab.take({"type": "accept"})

    asyncio.run_coroutine_threadsafe(accept(), line.loop).result(5)
    line.until(lambda: sorted(page.stage for page in pages) == ["", "talking"])


def test_a_number_nobody_is_signed_in_at_is_a_simulated_customer_again(studio: Studio, phone: Open) -> None:
    line = studio(rule(), persona=person(rings=(0.0, 0.0)), speed=1)
    line.pages["/voice"] = document("<Hangup/>")
    page = phone(line, TO)
    page.send("sign_out")
    page.until(lambda: not page.state["number"])
    line.call()
    line.until(lambda: line.client.calls.list()[0].status == "completed")
    assert not page.told_of("ended")


def test_a_page_calls_an_applications_number(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document("<Say>您好。</Say><Pause length='60'/>")
    page = phone(line, TO)
    page.send("dial", to=voice_number(line))
    page.until(lambda: page.captions())
    asked = line.application.asked("/voice")[0].form
    assert (asked["From"], asked["To"], asked["Direction"]) == (TO, FROM, "inbound")
    assert page.state["call"]["outgoing"]
    page.send("hang_up")
    assert page.ended() == "completed"


def test_a_page_tries_a_url(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/try"] = document("<Say>试试。</Say>")
    page = phone(line, TO)
    page.send("dial", to="", url=line.url("/try"))
    assert page.ended() == "completed"
    assert page.captions() == ["试试。"]


@pytest.mark.parametrize(
    ("to", "url", "reason"),
    [
        ("what", "", "number"),
        (TO, "", "own-number"),
        (FRIEND, "", "nobody"),
        ("client:nobody", "", "nobody"),
        ("", "ftp://127.0.0.1/", "url"),
        ("what", "http://127.0.0.1/", "number"),
        (FROM, "", "no-voice-url"),
    ],
)
def test_what_cannot_be_called_is_told_with_its_reason(
    studio: Studio, phone: Open, to: str, url: str, reason: str
) -> None:
    line = studio(speed=1)
    line.client.incoming_phone_numbers.create(phone_number=FROM)
    page = phone(line, TO)
    page.send("dial", to=to, url=url)
    assert page.refused() == reason
    assert page.state["call"] is None


def test_two_pages_call_one_another_and_read_what_is_typed(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    one, other = phone(line, TO), phone(line, FRIEND)
    one.send("dial", to=FRIEND)
    one.reaches("calling")
    other.reaches("ringing")
    assert other.state["call"]["other"] == TO
    other.send("accept")
    one.reaches("talking")
    other.reaches("talking")
    one.send("say", words="听得到吗？")
    other.until(lambda: other.captions() == ["听得到吗？"])
    other.send("say", words="听得到。")
    one.until(lambda: one.captions() == ["听得到。"])
    other.send("hang_up")
    assert (one.ended(), other.ended()) == ("completed", "completed")
    assert [call["outgoing"] for call in one.state["calls"]] == [True]
    assert [call["outgoing"] for call in other.state["calls"]] == [False]


def test_a_simulated_customer_hears_what_is_typed_and_answers(studio: Studio, phone: Open) -> None:
    somebody = person(rule("你好吗", say="我很好。"), rings=(0.0, 0.0), greeting=(), delay=(0.1, 0.1))
    line = studio(persona=somebody, speed=1)
    line.pages["/dial"] = document(f"<Dial><Number>{FRIEND}</Number></Dial>")
    page = phone(line, TO)
    page.send("dial", to=FROM, url=line.url("/dial"))
    line.until(lambda: [one for one in line.board.register.calls() if one.parent and one.answered])
    page.send("say", words="你好吗？")
    page.until(lambda: page.captions() == ["我很好。"])
    page.send("hang_up")


def test_a_page_that_is_declined_by_another_reads_so(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    one, other = phone(line, TO), phone(line, FRIEND)
    one.send("dial", to=FRIEND)
    other.reaches("ringing")
    other.send("decline")
    assert one.ended() == "busy"


def test_a_page_that_gives_up_stops_the_ringing(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    one, other = phone(line, TO), phone(line, FRIEND)
    one.send("dial", to=FRIEND)
    other.reaches("ringing")
    one.send("hang_up")
    other.until(lambda: other.stage == "")


def test_a_page_loaded_anew_has_its_call_and_its_captions_again(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document("<Say>您好。</Say><Pause length='60'/>")
    page = phone(line, TO, tab="mine")
    line.call()
    page.reaches("ringing")
    page.send("accept")
    page.until(lambda: page.captions())
    page.close()
    again = phone(line, tab="mine")
    again.reaches("talking")
    assert [one["text"] for one in again.state["call"]["captions"]] == ["您好。"]
    again.send("hang_up")
    assert again.ended() == "completed"


def test_a_tab_that_is_opened_elsewhere_gives_way(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    page = phone(line, TO, tab="mine")
    again = phone(line, tab="mine")
    assert page.refused() == "elsewhere"
    again.until(lambda: again.state.get("number") == TO)


def test_a_page_that_does_not_come_back_hangs_up_and_frees_its_number(
    studio: Studio, phone: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "PATIENCE", 0.1)
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    in_call(line, phone).close()
    line.until(lambda: line.client.calls.list()[0].status == "completed")
    line.until(lambda: not line.board.handsets.at(TO))


def test_a_ringing_page_that_does_not_come_back_does_not_answer(
    studio: Studio, phone: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabs, "PATIENCE", 0.1)
    line = studio(speed=1)
    page = phone(line, TO)
    call = line.call()
    page.reaches("ringing")
    page.close()
    line.until(lambda: call.fetch().status == "no-answer")


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        '{"type": "sign_in"}',
        '{"type": "dial", "to": ["+86"]}',
        '{"type": "press", "keys": "1"}',
        '{"type": "say", "words": "\\ud800"}',
        '{"type": "offer", "sdp": "v=0"}',
        '{"type": "accept"}',
        '{"type": "hang_up"}',
        '{"type": "take"}',
    ],
)
def test_messages_out_of_place_are_left_alone(studio: Studio, phone: Open, message: str) -> None:
    line = studio(speed=1)
    page = phone(line, TO)
    page.send_text(message)
    page.send("dial", to="what")
    page.until(lambda: "number" in [one["reason"] for one in page.told_of("refused")])
    assert page.state["call"] is None


def test_half_a_character_typed_is_heard_as_a_question_mark(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = gather('action="/done" input="speech"')
    page = in_call(line, phone)
    page.until(lambda: page.captions())
    page.send_text('{"type": "say", "words": "\\ud800"}')
    line.until(lambda: line.application.asked("/done"))
    assert line.application.asked("/done")[0].form["SpeechResult"] == "?"


def test_keys_that_are_on_no_telephone_are_not_pressed(studio: Studio, phone: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    page = in_call(line, phone)
    page.send("press", keys="x")
    page.send("press", keys="5")
    page.until(lambda: page.captions("keys") == ["5"])


def test_an_offer_that_cannot_be_used_leaves_a_call_without_sound(studio: Studio, phone: Open) -> None:
    pytest.importorskip("aiortc")
    line = studio(speed=1)
    line.pages["/voice"] = document('<Pause length="60"/>')
    page = in_call(line, phone)
    page.send("offer", sdp="v=0")
    page.until(lambda: page.told_of("soundless"))
    assert page.told_of("soundless")[0]["code"] == 31100
    assert page.stage == "talking"


def test_without_the_extra_the_page_is_told_and_goes_on(
    studio: Studio, phone: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "exchange.browser.peer", None)
    line = studio(speed=1)
    line.pages["/voice"] = document("<Say>您好。</Say><Pause length='60'/>")
    page = in_call(line, phone)
    page.send("offer", sdp="v=0")
    page.until(lambda: page.told_of("soundless"))
    assert page.told_of("soundless")[0]["code"] == 31000
    page.until(lambda: page.captions() == ["您好。"])


def test_an_exchange_that_ends_closes_the_pages(studio: Studio, phone: Open) -> None:
    """Else it would wait a minute for them: aiohttp lets open connections finish."""
    line = studio(speed=1)
    in_call(line, phone)
