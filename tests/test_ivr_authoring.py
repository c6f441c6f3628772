"""The author's pages: scripts listed and played, words drafted by one and approved by another."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ivr.authoring.shelf import reworded, shipped
from ivr.texts import library as texts
from ledger import audit, script_life
from scripts.drafting import passages, redraft
from scripts.load import library
from scripts.proofs import prove
from tests.people import post, token, visit

NEW = library()["new-contract"]
PAGE = f"/scripts/{NEW.digest}"
RECEIVED = "0/step/received/say"
WORDS = {passage.path: passage.words for passage in passages(NEW)}
WORSE = f"本金保证安全。{WORDS[RECEIVED]}"
BETTER = WORDS[RECEIVED].replace("您收到了吗", "您都收到了吗")

Visitor = Callable[[str], FlaskClient]


@pytest.fixture
def come(edge_app: Flask, ledger_path: Path) -> Visitor:
    """Somebody of a role at the screens."""

    def visitor(role: str) -> FlaskClient:
        client = edge_app.test_client()
        visit(client, ledger_path, role.partition(" ")[0], role)
        return client

    return visitor


def send(client: FlaskClient, path: str, body: Any) -> Any:
    return client.post(path, json=body, headers={"X-CSRF-Token": token(client, "/account")})


def play(client: FlaskClient, *given: list[str], digest: str = NEW.digest, **facts: str) -> Any:
    return send(client, f"/scripts/{digest}/play", {"facts": facts, "given": list(given)}).json


def drafted(client: FlaskClient, words: str = BETTER) -> str:
    """The digest of a draft with these words."""
    url: str = send(client, f"{PAGE}/draft", {"texts": {RECEIVED: words}}).json["url"]
    return url.split("/")[-2]


def done(client: FlaskClient, digest: str, how: str, **form: str) -> int:
    return post(client, f"/scripts/{digest}/{how}", page="/account", **form).status_code


def status(conn: sqlite3.Connection, digest: str) -> str:
    version = script_life.get(conn, digest)
    return version.status if version else ""


def test_every_shipped_script_is_listed_with_its_page(come: Visitor) -> None:
    seen = come("supervisor").get("/scripts").text
    for script in library().values():
        assert script.title in seen
        assert f"/scripts/{script.digest}" in seen


def test_a_page_shows_the_picture_and_the_facts_to_choose(come: Visitor) -> None:
    seen = come("supervisor").get(PAGE).text
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in seen
    assert re.search(r'<select data-fact="product_type".*?万能型', seen, re.DOTALL)
    assert 'data-fact="cooling_end"' in seen
    assert "/words" not in seen


def test_no_script_has_a_page_under_another_digest(come: Visitor) -> None:
    client = come("compliance")
    for path in ("", "/words", "/life", "/findings"):
        assert client.get(f"/scripts/{'0' * 64}{path}").status_code == 404


def test_one_answer_moves_both_performers(come: Visitor) -> None:
    found = play(come("quality"), ["choice", "yes"], ["keys", "1"], ["keys", "1234"], product_type="普通型")
    assert [side["step"] for side in found["sides"]] == ["aware", "aware"]
    assert found["differ"] == []
    assert found["answers"] == 3
    assert [one["key"] for one in found["offers"]] == ["1", "2", "3"]
    assert [line for line in found["talk"][0] if line[0] == "customer"][:2] == [
        ["customer", "是"],
        ["customer", "按 1"],
    ]


def test_what_follows_from_an_answer_stands_in_plain_words(come: Visitor) -> None:
    found = play(come("quality"), ["keys", "8"])
    words = [text for text, _ in found["sides"][0]["effects"]]
    assert "登记：不再拨打任何电话" in words
    assert found["sides"][0]["outcome"] is None


def test_chosen_facts_change_the_talk(come: Visitor) -> None:
    found = play(come("quality"), surname="欧阳")
    assert "欧阳" in str(found["sides"][0])


def test_a_play_of_nonsense_is_refused(come: Visitor) -> None:
    client = come("quality")
    for body in (
        {"facts": {"colour": "red"}, "given": []},
        {"facts": {"age": 60}, "given": []},
        {"facts": [], "given": []},
        {"facts": {}, "given": [["error", ""]]},
        {"facts": {}, "given": [["keys"]]},
        {"facts": {}, "given": [["keys", "1" * 600]]},
        {"facts": {}, "given": [["silence", ""]] * 201},
        {"facts": {}},
    ):
        assert send(client, f"{PAGE}/play", body).status_code == 400, body


def test_every_text_has_its_field_and_shared_ones_have_none(come: Visitor) -> None:
    seen = come("quality").get(f"{PAGE}/words").text
    paths = re.findall(r'data-path="([^"]+)"', seen)
    assert set(paths) == {path for path in WORDS if path.startswith("0/")}
    assert seen.count("data-verbatim") == sum(one.verbatim and not one.shared for one in passages(NEW))


def test_new_words_are_shown_against_the_old_ones(come: Visitor) -> None:
    found = send(come("quality"), f"{PAGE}/check", {"texts": {RECEIVED: BETTER}}).json
    assert found["errors"] == {}
    (change,) = found["changes"]
    assert change["path"] == RECEIVED
    assert ["new", "都"] in change["words"]


def test_a_lost_value_is_an_error_beside_its_field(come: Visitor) -> None:
    client = come("quality")
    texts = {"0/step/aware/say": "这份保险是您自己要买的吗？", RECEIVED: BETTER}
    found = send(client, f"{PAGE}/check", {"texts": texts}).json
    assert list(found["errors"]) == ["0/step/aware/say"]
    assert "投保日" in found["errors"]["0/step/aware/say"]
    assert send(client, f"{PAGE}/draft", {"texts": texts}).status_code == 409


def test_findings_of_new_words_are_marked_as_new(come: Visitor) -> None:
    found = send(come("quality"), f"{PAGE}/check", {"texts": {RECEIVED: WORSE}}).json
    assert {(one["step"], one["isNew"]) for one in found["findings"]} == {("received", True)}
    assert found["solved"] == 0


def test_words_that_are_none_are_refused(come: Visitor) -> None:
    client = come("quality")
    for words in ({RECEIVED: 1}, [], {RECEIVED: "长" * 2001}, None):
        assert send(client, f"{PAGE}/check", {"texts": words}).status_code == 400, words


def test_a_draft_has_a_higher_version_and_its_own_page(come: Visitor, conn: sqlite3.Connection) -> None:
    client = come("quality")
    digest = drafted(client)
    version = script_life.get(conn, digest)
    assert version is not None
    assert (version.version, version.status, version.author) == (NEW.version + 1, "draft", "quality")
    assert "都收到了" in client.get(f"/scripts/{digest}").text
    assert play(client, digest=digest)["sides"][0]["step"] == "open"
    assert audit.listing(conn, audit.Wanted(), limit=1)[0].action == "script.add"


def test_the_same_words_are_no_draft(come: Visitor) -> None:
    assert send(come("quality"), f"{PAGE}/draft", {"texts": {RECEIVED: WORDS[RECEIVED]}}).status_code == 409


def test_a_corrected_draft_takes_the_place_of_the_first(come: Visitor, conn: sqlite3.Connection) -> None:
    client = come("quality")
    first = drafted(client)
    answer = send(client, f"/scripts/{first}/draft", {"texts": {RECEIVED: BETTER.replace("都", "全")}})
    second = answer.json["url"].split("/")[-2]
    found = script_life.get(conn, second)
    assert status(conn, first) == ""
    assert found is not None
    assert found.version == NEW.version + 1


def test_words_go_from_draft_to_use_by_two_people(come: Visitor, conn: sqlite3.Connection) -> None:
    author, approver = come("quality"), come("compliance")
    digest = drafted(author)
    assert done(author, digest, "submit") == 303
    assert status(conn, digest) == "checked"
    assert done(author, digest, "approve") == 403
    seen = approver.get(f"/scripts/{digest}/life").text
    assert "/approve" in seen
    assert done(approver, digest, "approve") == 303
    assert done(approver, digest, "file", words="沪报 2026 第 9 号", on="2026-11-20") == 303
    assert done(approver, digest, "activate") == 303
    assert status(conn, digest) == "active"
    assert done(approver, digest, "retire") == 303
    assert [one.action for one in audit.listing(conn, audit.Wanted(), limit=5)] == [
        "script.retire",
        "script.activate",
        "script.file",
        "script.approve",
        "script.submit",
    ]
    assert "沪报 2026 第 9 号" in approver.get(f"/scripts/{digest}/life").text


def test_nobody_approves_their_own_words(come: Visitor, conn: sqlite3.Connection) -> None:
    client = come("compliance")
    digest = drafted(client)
    done(client, digest, "submit")
    assert "/approve" not in client.get(f"/scripts/{digest}/life").text
    answer = post(client, f"/scripts/{digest}/approve", page="/account")
    assert answer.status_code == 409
    assert texts()["zh"]["scripts"]["refused_own_words"] in answer.text
    assert status(conn, digest) == "checked"


def test_words_are_sent_back_with_a_reason_and_stay_their_authors(
    come: Visitor, conn: sqlite3.Connection
) -> None:
    author, approver = come("compliance one"), come("compliance two")
    digest = drafted(author)
    done(author, digest, "submit")
    assert done(approver, digest, "send_back", words="太口语") == 303
    version = script_life.get(conn, digest)
    assert version is not None
    assert (version.status, version.author) == ("draft", "compliance one")
    assert "太口语" in author.get(f"/scripts/{digest}/life").text
    done(author, digest, "submit")
    assert done(approver, digest, "approve") == 303


def test_words_with_findings_stay_a_draft(come: Visitor, conn: sqlite3.Connection) -> None:
    client = come("quality")
    digest = drafted(client, WORSE)
    answer = post(client, f"/scripts/{digest}/submit", page="/account")
    assert answer.status_code == 409
    assert texts()["zh"]["scripts"]["refused_findings"] in answer.text
    assert status(conn, digest) == "draft"


def test_a_draft_can_be_taken_away(come: Visitor, conn: sqlite3.Connection) -> None:
    client = come("quality")
    digest = drafted(client)
    assert done(client, digest, "remove") == 303
    assert status(conn, digest) == ""
    assert client.get(f"/scripts/{digest}").status_code == 404


def test_filing_without_a_day_is_refused(come: Visitor) -> None:
    author, approver = come("quality"), come("admin")
    digest = drafted(author)
    done(author, digest, "submit")
    done(approver, digest, "approve")
    assert done(approver, digest, "file", words="9", on="soon") == 400


def test_every_refusal_of_a_life_has_its_words() -> None:
    words = texts()["zh"]["scripts"]
    assert {f"refused_{code}" for code in script_life.REASONS} <= set(words)
    assert {f"status_{name}" for name in (*script_life.STATUSES, script_life.KEPT)} <= set(words)


def test_a_regions_own_words_are_listed_and_shown_against_the_nations(come: Visitor) -> None:
    regional = next(script for script in shipped().values() if script.region == "dalian")
    client = come("supervisor")
    assert f"/scripts/{regional.digest}" in client.get("/scripts").text
    seen = client.get(f"/scripts/{regional.digest}/life").text
    assert f"与全国第 {NEW.version} 版相比" in seen


@pytest.mark.parametrize("words", [BETTER, WORSE])
def test_what_is_found_while_typing_is_what_the_whole_check_finds(words: str) -> None:
    script = library()["payer"]
    path = "0/step/satisfied/say"
    assert path in {passage.path for passage in passages(script)}
    draft = redraft(script, {path: f"{words}{script.text('satisfied', 'say').pieces[0]}"}, script.version + 1)
    assert Counter(reworded(script, draft)) == Counter(prove(draft))
