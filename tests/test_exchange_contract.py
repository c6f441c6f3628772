"""The strict checker finds what differs from Twilio's description."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from exchange_contract import check, description, operations, value
from exchange_studio import ACCOUNT

KEYS = f"https://api.twilio.com{ACCOUNT.uri}/Keys.json"
KEY = {
    "sid": "SK" + "1" * 32,
    "friendly_name": "a key",
    "date_created": "Mon, 23 Nov 2026 01:00:00 +0000",
    "date_updated": "Mon, 23 Nov 2026 01:00:00 +0000",
}
NEW_KEY = KEY | {"secret": "s"}
ERROR = {
    "code": 20404,
    "message": "gone",
    "more_info": "https://www.twilio.com/docs/errors/20404",
    "status": 404,
}


def posted(answer: dict[str, Any], *, form: dict[str, Any] | None = None, status: int = 201) -> None:
    check("POST", KEYS, form or {}, status, json.dumps(answer))


def test_what_is_described_passes() -> None:
    posted(NEW_KEY, form={"FriendlyName": "a key"})
    check("GET", KEYS.replace("Keys", "Nothing"), {}, 404, json.dumps(ERROR))
    check("DELETE", KEYS.replace(".json", f"/SK{'1' * 32}.json"), {}, 204, "")


@pytest.mark.parametrize(
    "answer",
    [
        KEY,
        NEW_KEY | {"more": 1},
        NEW_KEY | {"sid": "SK1"},
        NEW_KEY | {"secret": 5},
        NEW_KEY | {"secret": True},
        NEW_KEY | {"date_created": "2026-11-23T01:00:00Z"},
        NEW_KEY | {"date_created": "Mon, 23 Nov 2026 09:00:00 +0800"},
    ],
    ids=["missing key", "unknown key", "pattern", "type", "boolean", "format", "zone"],
)
def test_a_wrong_answer_fails(answer: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, ValueError)):
        posted(answer)


def test_a_wrong_status_fails() -> None:
    with pytest.raises(AssertionError, match="must not answer 200"):
        posted(NEW_KEY, status=200)


def test_an_unknown_field_fails() -> None:
    with pytest.raises(AssertionError, match="unknown fields"):
        posted(NEW_KEY, form={"Name": "a key"})


def test_an_unknown_path_fails() -> None:
    with pytest.raises(AssertionError, match="not in the description"):
        check("GET", KEYS.replace("Keys", "Locks"), {}, 200, "{}")
    with pytest.raises(AssertionError, match="not in the description"):
        check("PUT", KEYS, {}, 400, json.dumps(ERROR | {"code": 20001, "status": 400} | more_info(20001)))


def more_info(code: int) -> dict[str, str]:
    return {"more_info": f"https://www.twilio.com/docs/errors/{code}"}


@pytest.mark.parametrize(
    "query", ["PageSize=0", "PageSize=1001", "Page=x", "Size=5"], ids=["least", "most", "type", "name"]
)
def test_a_wrong_query_fails(query: str) -> None:
    listed = {"keys": [KEY], "page": 0, "page_size": 50, "start": 0, "end": 0, "uri": "/u"}
    listed |= {"first_page_uri": "/f", "next_page_uri": None, "previous_page_uri": None}
    check("GET", KEYS, {}, 200, json.dumps(listed))
    with pytest.raises(AssertionError):
        check("GET", f"{KEYS}?{query}", {}, 200, json.dumps(listed))


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"From": "+1"}, "must be sent"),
        ({"To": "+1", "From": "+1", "Method": "PUT"}, "Method"),
        ({"To": "+1", "From": "+1", "Timeout": "soon"}, "Timeout"),
        ({"To": "+1", "From": "+1", "Record": "yes"}, "Record"),
        ({"To": "+1", "From": "+1", "ApplicationSid": "AP1"}, "ApplicationSid"),
        ({"To": "+1", "From": "+1", "Url": "http://a b"}, "Url"),
    ],
)
def test_a_wrong_form_that_is_taken_fails(form: dict[str, str], complaint: str) -> None:
    answer = json.dumps(example("CreateCall", "201"))
    url = f"https://api.twilio.com{ACCOUNT.uri}/Calls.json"
    check("POST", url, {"To": "+1", "From": "+1", "StatusCallbackEvent": ["ringing"]}, 201, answer)
    with pytest.raises(AssertionError, match=complaint):
        check("POST", url, form, 201, answer)


@pytest.mark.parametrize(
    "error",
    [
        {key: one for key, one in ERROR.items() if key != "more_info"},
        ERROR | {"detail": ""},
        ERROR | {"status": 400},
        ERROR | {"code": "20404"},
        ERROR | {"message": ""},
        ERROR | {"more_info": "https://www.twilio.com/docs/errors/1"},
    ],
)
def test_a_wrong_error_fails(error: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check("GET", KEYS, {}, 404, json.dumps(error))


def example(name: str, status: str) -> Any:
    """The first example the description gives of an operation's answer."""
    for _, _, operation in operations():
        if operation["operationId"] == name:
            examples = operation["responses"][status]["content"]["application/json"]["examples"]
            return copy.deepcopy(next(iter(examples.values()))["value"])
    raise KeyError(name)


def test_enums_are_closed() -> None:
    schema = description()["components"]["schemas"]["api.v2010.account.call"]
    call = example("FetchCall", "200") | {"price": None}
    value("call", call, schema)
    with pytest.raises(AssertionError, match="status"):
        value("call", call | {"status": "answered"}, schema)
    with pytest.raises(AssertionError, match="null"):
        value("call", call | {"status": None}, schema)
