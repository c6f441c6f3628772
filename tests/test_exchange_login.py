"""Log-ins at applications that ask for a password."""

from __future__ import annotations

import pytest
from yarl import URL

from exchange.web.cookies import Cookies
from exchange.web.login import Credentials, Login, credentials_in, origin

MUFASA = Credentials("Mufasa", "Circle of Life")
BASIC = 'Basic realm="calls"'


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host/a@b", ("http://host/a@b", None)),
        ("http://user:word@host/", ("http://host/", Credentials("user", "word"))),
        ("https://us%40er:w%3Ard@host:1/?a=b", ("https://host:1/?a=b", Credentials("us@er", "w:rd"))),
        ("http://user@host/", ("http://host/", Credentials("user", ""))),
    ],
)
def test_user_and_password_are_read_from_the_url(url: str, expected: object) -> None:
    assert credentials_in(url) == expected


def test_basic_authentication_is_rfc_7617s() -> None:
    login = Login(Credentials("Aladdin", "open sesame"), BASIC)
    assert login.authorization("GET", "/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_authentication_is_rfc_7616s(
    monkeypatch: pytest.MonkeyPatch, algorithm: str, expected: str
) -> None:
    client = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    monkeypatch.setattr("exchange.web.login.secrets.token_hex", lambda _: client)
    challenge = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    login = Login(MUFASA, challenge)
    written = login.authorization("GET", "/dir/index.html")
    assert f'response="{expected}"' in written
    assert "nc=00000001" in written
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in written
    assert "nc=00000002" in login.authorization("GET", "/dir/index.html")


def test_a_server_of_the_first_digests_is_answered_without_a_count() -> None:
    written = Login(MUFASA, 'Digest realm="r", nonce="n"').authorization("GET", "/")
    assert "qop" not in written
    assert "cnonce" not in written


@pytest.mark.parametrize("challenge", ["Negotiate", "Digest algorithm=MD4", ""])
def test_a_scheme_nobody_knows_is_not_answered(challenge: str) -> None:
    assert Login(MUFASA, challenge).authorization("GET", "/") == ""


def test_a_call_stays_logged_in_at_one_server_only() -> None:
    cookies = Cookies()
    assert cookies.authorization("GET", URL("http://host/a")) == ""
    assert cookies.log_in("http://host/a", MUFASA, BASIC)
    assert cookies.authorization("GET", URL("http://host/b")).startswith("Basic ")
    assert cookies.authorization("GET", URL("http://other/b")) == ""
    assert cookies.authorization("GET", URL("https://host/b")) == ""


def test_a_password_that_was_refused_is_not_tried_again_but_a_stale_one_is() -> None:
    cookies = Cookies()
    assert not cookies.log_in("http://host/", None, BASIC)
    assert not cookies.log_in("http://host/", MUFASA, "")
    assert cookies.log_in("http://host/", MUFASA, 'Digest nonce="1"')
    assert cookies.log_in("http://host/", None, 'Digest nonce="2", stale=true')
    assert not cookies.log_in("http://host/", MUFASA, 'Digest nonce="3"')
    assert cookies.authorization("GET", URL("http://host/")) == ""


def test_a_server_is_its_scheme_host_and_port() -> None:
    assert origin("http://user:word@Host:80/a") == "http://host:80"
