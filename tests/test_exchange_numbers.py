"""Phone numbers as a resource, and what owning one changes for calls."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import ACCOUNT, FROM, TO, Line, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

OURS, OTHER = "+8675500001111", "+8675500002222"
HELLO = document("<Say>您好</Say>")


def refusal(excinfo: pytest.ExceptionInfo[TwilioRestException]) -> tuple[int, int | None]:
    return excinfo.value.status, excinfo.value.code


def test_any_number_can_be_bought_with_its_webhooks(studio: Studio) -> None:
    client = studio().client
    bought = client.incoming_phone_numbers.create(
        phone_number=OURS, voice_url="http://a.example/voice", voice_method="GET", friendly_name="客服"
    )
    assert (bought.phone_number, bought.voice_url, bought.voice_method) == (
        OURS,
        "http://a.example/voice",
        "GET",
    )
    fetched = client.incoming_phone_numbers(bought.sid).fetch()
    assert (fetched.friendly_name, fetched.status, fetched.origin) == ("客服", "in-use", "twilio")
    assert fetched.capabilities == {"voice": True, "sms": False, "mms": False, "fax": False}


def test_an_area_code_buys_a_free_number_of_it(studio: Studio) -> None:
    client = studio().client
    first, second = (client.incoming_phone_numbers.create(area_code="510") for _ in range(2))
    assert first.phone_number.startswith("+1510")
    assert len({first.phone_number, second.phone_number}) == 2
    assert first.friendly_name == f"(510) {first.phone_number[5:8]}-{first.phone_number[8:]}"


def test_buying_a_number_again_changes_it(studio: Studio) -> None:
    client = studio().client
    first = client.incoming_phone_numbers.create(phone_number=OURS, voice_url="http://a.example/")
    again = client.incoming_phone_numbers.create(phone_number=OURS, friendly_name="again")
    assert (again.sid, again.voice_url, again.friendly_name) == (first.sid, "http://a.example/", "again")
    assert len(client.incoming_phone_numbers.list()) == 1


def test_a_number_is_changed_and_given_back(studio: Studio) -> None:
    client = studio().client
    number = client.incoming_phone_numbers.create(phone_number=OURS, voice_url="http://a.example/")
    changed = number.update(voice_url="", status_callback="http://a.example/status")
    assert (changed.voice_url, changed.status_callback) == (None, "http://a.example/status")
    assert changed.delete()
    with pytest.raises(TwilioRestException) as refused:
        number.fetch()
    assert refusal(refused) == (404, 20404)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, 21421),
        ({"phone_number": "five"}, 21421),
        ({"phone_number": "client:me"}, 21421),
        ({"phone_number": "+15005550001"}, 21421),
        ({"phone_number": "+15005550000"}, 21422),
        ({"area_code": "12"}, 21451),
        ({"area_code": "533"}, 21452),
        ({"voice_url": "/voice"}, 21402),
        ({"voice_method": "PUT"}, 21403),
        ({"voice_fallback_url": "http://a.example/"}, 21405),
        ({"sms_fallback_url": "http://a.example/"}, 21406),
        ({"voice_application_sid": "AP" + "0" * 32}, 21420),
        ({"friendly_name": "x" * 65}, 20002),
        ({"trunk_sid": "TK1"}, 20001),
        ({"voice_receive_mode": "telex"}, 20001),
    ],
)
def test_a_bad_purchase_is_refused_with_its_code(studio: Studio, wanted: dict[str, Any], code: int) -> None:
    client = studio().client
    if not {"phone_number", "area_code"} & set(wanted) and wanted:
        wanted = wanted | {"phone_number": OURS}
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers.create(**wanted)
    assert refusal(refused) == (400, code)
    assert client.incoming_phone_numbers.list() == []


def test_the_magic_numbers_can_be_bought(studio: Studio) -> None:
    numbers = studio().client.incoming_phone_numbers
    assert numbers.create(phone_number="+15005550006").phone_number == "+15005550006"
    assert numbers.create(area_code="500").phone_number == "+15005550006"


def test_numbers_are_listed_by_name_digits_and_origin(studio: Studio) -> None:
    numbers = studio().client.incoming_phone_numbers
    for number, name in ((OURS, "one"), (OTHER, "two"), ("+18085550100", "three")):
        numbers.create(phone_number=number, friendly_name=name)
    assert [one.friendly_name for one in numbers.list()] == ["three", "two", "one"]
    assert [one.phone_number for one in numbers.list(friendly_name="two")] == [OTHER]
    assert [one.phone_number for one in numbers.list(phone_number=OURS)] == [OURS]
    assert len(numbers.list(phone_number="86755")) == 2
    assert [one.friendly_name for one in numbers.list(phone_number="80855**100")] == ["three"]
    assert numbers.list(origin="hosted") == []
    assert len(numbers.list(origin="twilio", beta=True)) == 3


def test_every_kind_of_number_has_its_own_listing(studio: Studio) -> None:
    numbers = studio().client.incoming_phone_numbers
    numbers.local.create(phone_number=OURS)
    numbers.mobile.create(phone_number="+8613800000001")
    numbers.toll_free.create(phone_number="+864000000001")
    numbers.create(phone_number="+8613800000002")
    numbers.create(phone_number="+18885550100")
    assert [one.phone_number for one in numbers.local.list()] == [OURS]
    assert [one.phone_number for one in numbers.mobile.list()] == ["+8613800000002", "+8613800000001"]
    assert [one.phone_number for one in numbers.toll_free.list()] == ["+18885550100", "+864000000001"]
    with pytest.raises(TwilioRestException) as refused:
        numbers.local.create(phone_number="")
    assert refusal(refused) == (400, 21421)


def test_an_exchange_without_numbers_takes_any_caller(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    assert line.talk(from_="+8675599999999").status == "completed"


def test_an_exchange_with_a_number_takes_its_own_and_verified_callers_only(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    bought = line.client.incoming_phone_numbers.create(phone_number=OURS)
    with pytest.raises(TwilioRestException) as refused:
        line.call(from_=OTHER)
    assert refusal(refused) == (400, 21210)
    assert OTHER in refused.value.msg
    assert line.talk(from_=OURS).phone_number_sid == bought.sid
    line.client.validation_requests.create(phone_number=OTHER)
    verified = line.client.outgoing_caller_ids.list(phone_number=OTHER)[0]
    assert line.talk(from_=OTHER).phone_number_sid == verified.sid
    assert line.talk(from_="+15005550006").status == "completed"
    bought.delete()
    assert line.talk(from_=FROM).status == "completed"


def test_a_number_is_called_from_a_number_only(studio: Studio) -> None:
    with pytest.raises(TwilioRestException) as refused:
        studio().call(to=TO, from_="client:agent")
    assert refusal(refused) == (400, 21212)


def test_numbers_belong_to_the_one_account(studio: Studio) -> None:
    line = studio()
    sid = line.client.incoming_phone_numbers.create(phone_number=OURS).sid
    path = f"{ACCOUNT.uri}/IncomingPhoneNumbers/{sid}.json"
    assert line.http("POST", path, data={"AccountSid": ACCOUNT.sid}).status_code == 200
    answer = line.http("POST", path, data={"AccountSid": "AC" + "0" * 32})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_an_incoming_call_names_the_number_and_the_application_that_answer_it(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    application = line.client.applications.create(voice_url=line.url("/voice"))
    number = line.client.incoming_phone_numbers.create(
        phone_number=OURS, voice_application_sid=application.sid
    )
    came = line.http("POST", "/control/calls", json={"to": OURS, "from": TO, "answers": []}).json()
    line.quiet()
    call = line.client.calls(came["sid"]).fetch()
    assert (call.direction, call.phone_number_sid) == ("inbound", number.sid)
    assert line.application.asked("/voice")[0].form["ApplicationSid"] == application.sid


def came(line: Line, **facts: str) -> Any:
    """An incoming call to our number, when it is over."""
    line.pages["/voice"] = HELLO
    sid = line.http("POST", "/control/calls", json={"to": OURS, "from": TO} | facts).json()["sid"]
    line.quiet()
    return line.client.calls(sid).fetch()


@pytest.mark.parametrize("looked_up", [True, False])
def test_a_callers_name_is_heard_of_where_it_is_looked_up(studio: Studio, looked_up: bool) -> None:
    line = studio()
    line.client.incoming_phone_numbers.create(
        phone_number=OURS, voice_url=line.url("/voice"), voice_caller_id_lookup=looked_up
    )
    call = came(line, caller_name="王先生", forwarded_from=OTHER)
    assert (call.caller_name, call.forwarded_from) == ("王先生" if looked_up else None, OTHER)
    form = line.application.asked("/voice")[0].form
    assert (form.get("CallerName"), form["ForwardedFrom"]) == (call.caller_name, OTHER)


def test_a_call_token_lets_the_account_call_on_with_its_callers_number(studio: Studio) -> None:
    line = studio()
    line.client.incoming_phone_numbers.create(phone_number=OURS, voice_url=line.url("/voice"))
    came(line)
    token = line.application.asked("/voice")[0].form["CallToken"]
    assert line.talk(to="+8613900000000", from_=TO, call_token=token).status == "completed"
    for change in ({"call_token": "x"}, {"call_token": None}, {"call_token": token, "from_": OTHER}):
        with pytest.raises(TwilioRestException) as refused:
            line.call(**({"to": "+8613900000000", "from_": TO} | change))
        assert refusal(refused) == (400, 21210)
