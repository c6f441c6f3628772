"""Scripts and styles may be kept for ever under the digest of what they are."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from ivr.assets import HERE, digest


def linked(client: FlaskClient) -> list[str]:
    """What the log-in page loads, as the proxy passes it on."""
    return re.findall(r'(?:href|src)="/huifang(/static/[^"]+)"', client.get("/login").text)


def test_pages_load_files_that_browsers_may_keep_for_ever(client: FlaskClient) -> None:
    found = linked(client)
    assert [path.rpartition("/")[2] for path in found] == ["mark.svg", "huifang.css"]
    for path in found:
        with client.get(path) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers


def test_a_page_of_an_older_version_gets_the_file_of_today_and_must_ask_again(client: FlaskClient) -> None:
    with client.get("/static/0123456789ab/huifang.css") as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-cache"


def test_modules_import_each_other_within_the_folder_of_the_digest() -> None:
    imports = re.compile(r"""(?:^|\n)\s*(?:import|export)[^"';]*?from\s*["']([^"']+)["']""")
    for path in HERE.rglob("*.js"):
        if "vendor" not in path.parts:
            for name in imports.findall(path.read_text(encoding="utf-8")):
                assert name.startswith("."), (path.name, name)
                assert (path.parent / name).resolve().is_file(), (path.name, name)


def test_nothing_outside_of_the_folder_is_served(client: FlaskClient) -> None:
    for name in ("../texts.toml", "%2e%2e/texts.toml", "nothing.js"):
        assert client.get(f"/static/{digest()}/{name}").status_code == 404
