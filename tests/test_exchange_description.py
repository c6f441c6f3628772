"""The whole of Twilio's description: what the exchange serves of it, and how it answers made-up requests."""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import requests
import schemathesis
from exchange_contract import FORM, check_answer, description, operations
from exchange_studio import ACCOUNT, Line, Studio, document, person
from exchange_studio import studio as studio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation

from exchange.account import sid
from exchange.rest.routes import routes
from exchange.speaking.transcripts import Transcription

SERVED = frozenset(
    line.strip()
    for line in (Path(__file__).parent / "data" / "served_operations.txt").read_text("utf-8").splitlines()
)
"""The operations the exchange has, by Twilio's names; every other one is refused."""

OWNED = "+8675500001111"
EXAMPLES = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 3}


def anonymous(path: str) -> str:
    """The path with nothing said of its parameters."""
    return re.sub(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "{}", path)


def test_the_table_says_what_is_served() -> None:
    described = {
        (method, anonymous(path)): operation["operationId"] for method, path, operation in operations()
    }
    ours = {(route.method.lower(), anonymous(route.path)) for route in routes() if "Account" in route.path}
    answers = {key for key in ours if key[1].endswith(".json")}
    assert answers <= set(described), "an address that Twilio does not describe"
    assert {described[key] for key in answers} == SERVED


def test_what_is_not_served_is_refused(studio: Studio) -> None:
    line = studio()
    for method, path, operation in operations():
        if operation["operationId"] in SERVED:
            continue
        filled = re.sub(r"\{\w+\}", "XX" + "0" * 32, path.replace("{AccountSid}", ACCOUNT.sid))
        answer = line.http(method.upper(), filled)
        assert answer.json()["code"] in (20404, 20004), filled
        assert answer.status_code == {20404: 404, 20004: 405}[answer.json()["code"]]


def test_a_wrong_method_is_told_the_right_ones(studio: Studio) -> None:
    answer = studio().http("PUT", f"{ACCOUNT.uri}/Calls.json")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_an_address_without_an_ending_is_told_of_json(studio: Studio) -> None:
    answer = studio().http("GET", f"{ACCOUNT.uri}/Calls")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert ".json" in answer.json()["message"]


def test_answers_have_the_headers_that_are_described(studio: Studio) -> None:
    line = studio()
    described = {
        name
        for _, _, operation in operations()
        for answer in operation["responses"].values()
        for name in answer.get("headers", {})
    }
    for path in ("Calls.json", "Nothing.json"):
        assert described <= set(line.http("GET", f"{ACCOUNT.uri}/{path}").headers)
    assert "Access-Control-Allow-Origin" not in line.http("GET", "/control/counters").headers


@cache
def strategies() -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Twilio's description as a source of requests; fields it does not have are left out."""
    numbers = st.one_of(st.just(OWNED), st.from_regex(r"\+861[0-9]{10}|\+1[2-9][0-9]{9}", fullmatch=True))
    for name in ("phone-number", "endpoint"):
        schemathesis.openapi.format(name, numbers)
    schemathesis.openapi.format("http-method", st.sampled_from(["GET", "POST"]))
    schemathesis.openapi.format("twiml", st.just(document("<Hangup/>")))
    schemathesis.openapi.format("uri", st.just("http://127.0.0.1:9/"))  # nobody listens there
    raw = copy.deepcopy(description())
    for _, item in raw["paths"].items():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                operation["requestBody"]["content"][FORM]["schema"]["additionalProperties"] = False
    found = (one.ok() for one in schemathesis.openapi.from_dict(raw).get_all_operations())
    return {one.definition.raw["operationId"]: one for one in found}


def world(line: Line) -> dict[str, str]:
    """One thing for every collection in a served path; further calls stay in the queue."""
    client, room = (
        line.client,
        "<Dial><Conference record='record-from-start' waitUrl=''>r</Conference></Dial>",
    )
    spoken = line.talk(
        url=None, twiml=document("<Say>您好</Say>"), record=True, status_callback_event=["nonsense"]
    )
    waiting = line.call(url=None, twiml=document("<Enqueue waitUrl=''>q</Enqueue>"))
    talking = [line.call(url=None, twiml=document(room)) for _ in range(2)]
    line.until(lambda: client.conferences.list(status="in-progress") and client.queues.list())
    line.board.free_at = line.board.clock.time() + 1e9
    client.validation_requests.create(phone_number=OWNED)
    tape = line.board.register.tape(client.calls(spoken.sid).recordings.list()[0].sid)
    assert tape is not None
    now = line.board.clock.time()
    tape.transcription = Transcription(sid("TR"), tape.sid, now, now, "completed", "您好")
    (conference,) = client.conferences.list()
    return {
        "Accounts": ACCOUNT.sid,
        "Applications": client.applications.create().sid,
        "AvailablePhoneNumbers": "CN",
        "Calls": spoken.sid,
        "Conferences": conference.sid,
        "Conferences' Recordings": conference.recordings.list()[0].sid,
        "IncomingPhoneNumbers": client.incoming_phone_numbers.create(phone_number=OWNED).sid,
        "Keys": client.new_keys.create().sid,
        "Members": waiting.sid,
        "Notifications": client.notifications.list()[0].sid,
        "OutgoingCallerIds": client.outgoing_caller_ids.list()[0].sid,
        "Participants": talking[0].sid,
        "Queues": client.queues.list()[0].sid,
        "Recordings": client.calls(spoken.sid).recordings.list()[0].sid,
        "Transcriptions": tape.transcription.sid,
        "SigningKeys": client.new_signing_keys.create().sid,
    }


def in_path(path: str, things: dict[str, str]) -> dict[str, str]:
    """The path's parameters, each something of the collection it stands behind."""
    found = {}
    for collection, name in re.findall(r"(\w+)/\{(\w+)\}", path):
        whole = f"Conferences' {collection}" if "Conferences" in path else collection
        found[name] = things.get(whole, things[collection])
    return found


def made_up(line: Line, name: str, things: dict[str, str]) -> bool:
    """Sends requests as the description has them, and requests it does not allow; whether one succeeded."""
    operation, statuses = strategies()[name], set()
    for mode, examples in EXAMPLES.items():
        strategy = operation.as_strategy(
            generation_mode=mode, path_parameters=in_path(operation.path, things)
        )

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def send(case: Any) -> None:
            with requests.Session() as session:
                answer = case.call(
                    base_url=line.board.base_url,
                    auth=(ACCOUNT.sid, ACCOUNT.auth_token),
                    session=session,
                    timeout=10,
                )
            path = answer.request.path_url.partition("?")[0]
            assert answer.status_code < 500, answer.text
            check_answer(case.method, path, answer.status_code, answer.text)
            statuses.add(answer.status_code)

        send()
    return min(statuses) < 400


def test_made_up_requests_are_answered_as_described(studio: Studio) -> None:
    line = studio(persona=person(talks=(100_000.0, 100_000.0)))
    things, taken = world(line), set()
    for name in sorted(SERVED, key=lambda name: (name.startswith("Delete"), name)):
        if made_up(line, name, things):
            taken.add(name)
    assert {name for name in SERVED if name.startswith(("List", "Fetch"))} <= taken
