"""Signatures: what the SDK's validator accepts."""

from __future__ import annotations

import json

import pytest
from twilio.request_validator import RequestValidator

from exchange.web.signature import sign, sign_json, signed_url

TOKEN = "12345"
VALIDATOR = RequestValidator(TOKEN)


def test_twilios_own_example_has_the_signature_its_documentation_gives() -> None:
    params = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(TOKEN, url, params) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("http://host/a?b=c", "http://host/a?b=c"),
        ("http://host:5000/a", "http://host:5000/a"),
        ("http://user:word@host:5000/a", "http://host:5000/a"),
        ("https://host:8443/a?", "https://host/a?"),
        ("https://host:443/a", "https://host/a"),
        ("https://user:word@host:8443/a?b=https://host:8443/", "https://host/a?b=https://host:8443/"),
        ("https://[::1]:8443/a", "https://[::1]/a"),
        ("http://host/a@b", "http://host/a@b"),
    ],
)
def test_passwords_are_never_signed_and_ports_only_over_http(url: str, signed: str) -> None:
    assert signed_url(url) == signed


@pytest.mark.parametrize(
    "url", ["http://host:5000/a", "https://host:8443/a", "https://host/a", "http://host/a"]
)
def test_the_validator_accepts_every_port(url: str) -> None:
    assert VALIDATOR.validate(url, {"From": "+1"}, sign(TOKEN, url, [("From", "+1")]))


def test_a_value_sent_twice_is_signed_once_and_several_in_order() -> None:
    params = [("Event", "b"), ("Event", "a"), ("Event", "b")]
    assert sign(TOKEN, "http://host/", params) == sign(
        TOKEN, "http://host/", [("Event", "a"), ("Event", "b")]
    )


@pytest.mark.parametrize("url", ["http://host/hook", "https://host/hook?a=b"])
def test_a_json_body_is_signed_by_its_hash_in_the_url(url: str) -> None:
    body = json.dumps({"name": "回访"}).encode()
    hashed, signature = sign_json(TOKEN, url, body)
    assert VALIDATOR.validate(hashed, body.decode(), signature)
    assert not VALIDATOR.validate(hashed, body.decode() + " ", signature)
