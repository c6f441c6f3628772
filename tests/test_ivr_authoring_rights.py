"""Who may open which of the author's pages, and what becomes of markup and unseen signs in words."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.people import ROLES
from tests.people import post
from tests.test_ivr_authoring import BETTER, PAGE, Visitor, come, drafted, send

__all__ = ["come"]

READERS = {"supervisor", "quality", "compliance", "admin"}
AUTHORS = {"quality", "compliance"}
APPROVERS = {"compliance", "admin"}
MOVES = {
    **dict.fromkeys(("submit", "remove"), AUTHORS),
    **dict.fromkeys(("approve", "send_back", "file", "activate", "retire"), APPROVERS),
}
BODIES: dict[str, Any] = {
    "/play": {"facts": {}, "given": []},
    "/check": {"texts": {}},
    "/draft": {"texts": {}},
}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_script_is_closed_to_other_roles_and_to_forged_requests(
    come: Visitor, role: str
) -> None:
    client = come(role)
    for path in ("", "/life", "/findings"):
        assert (client.get(PAGE + path).status_code == 200) == (role in READERS)
    assert (client.get(f"{PAGE}/words").status_code == 200) == (role in AUTHORS)
    for path, body in BODIES.items():
        allowed = READERS if path == "/play" else AUTHORS
        assert (send(client, PAGE + path, body).status_code == 403) == (role not in allowed)
        assert client.post(PAGE + path, json=body).status_code in (400, 403)
    for move, roles in MOVES.items():
        answer = post(client, f"{PAGE}/{move}", page="/account")
        assert (answer.status_code == 403) == (role not in roles)
        assert client.post(f"{PAGE}/{move}").status_code in (400, 403)


def test_markup_in_words_is_shown_as_words(come: Visitor) -> None:
    client = come("quality")
    digest = drafted(client, f"<script>alert(1)</script>{BETTER}")
    for path in ("", "/words", "/life"):
        assert "<script>alert" not in client.get(f"/scripts/{digest}{path}").text


def test_signs_that_nobody_sees_and_no_file_holds_never_come_into_words(come: Visitor) -> None:
    client = come("quality")
    digest = drafted(client, f"\ud800\x00\x1b{BETTER}")
    seen = client.get(f"/scripts/{digest}").text
    assert BETTER in seen
    assert not {"\x00", "\x1b"} & set(seen)
