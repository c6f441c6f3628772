"""A webhook is let in only with the carrier's signature, as Twilio's own validator computes it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from ivr.signature import SignatureCheck

TOKEN = "0123456789abcdef0123456789abcdef"
CHECK = SignatureCheck(TOKEN)
SDK = RequestValidator(TOKEN)
URL = "https://calls.example.com/calls/7/turns/3"
names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
pairs = st.lists(st.tuples(names, st.text(max_size=20)), max_size=30)


@given(pairs)
@settings(max_examples=100, deadline=None)
def test_whatever_the_sdk_signs_is_let_in(form: list[tuple[str, str]]) -> None:
    assert CHECK.holds(URL, form, SDK.compute_signature(URL, MultiDict(form)))


@given(pairs, st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_nothing_else_is_let_in(form: list[tuple[str, str]], signature: str) -> None:
    assert not CHECK.holds(URL, form, signature)


def test_a_changed_parameter_is_not_let_in() -> None:
    signature = SDK.compute_signature(URL, {"Digits": "2"})
    assert not CHECK.holds(URL, [("Digits", "1")], signature)


def test_a_port_that_a_proxy_hides_does_not_matter() -> None:
    signed = SDK.compute_signature(URL, {"Digits": "1"})
    assert CHECK.holds("https://calls.example.com:443/calls/7/turns/3", [("Digits", "1")], signed)
