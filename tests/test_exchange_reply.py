"""An application's answer read as TwiML: content types and charsets."""

from __future__ import annotations

import pytest

from exchange.document import Element, decoded
from exchange.errors import DocumentError
from exchange.web.reply import Reply, response_of

HELLO = "<Response><Say>您好</Say></Response>"


def _reply(body: str | bytes, content_type: str = "text/xml") -> Reply:
    return Reply(200, content_type, body if isinstance(body, bytes) else body.encode(), "http://app/voice")


def _verbs(reply: Reply) -> list[tuple[str, str]]:
    return [(verb.name, verb.text()) for verb in response_of(reply).children()]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/xml",
        "application/xml",
        "text/html",
        "text/plain",
        "TEXT/XML",
        "text/html; charset=utf-8",
        ' text/xml ;charset="UTF-8"',
    ],
)
def test_these_content_types_are_twiml(content_type: str) -> None:
    assert _verbs(_reply(HELLO, content_type)) == [("Say", "您好")]


@pytest.mark.parametrize(
    "content_type", ["", "image/png", "application/json", "application/twiml", "text/css"]
)
def test_any_other_content_type_or_none_is_12300(content_type: str) -> None:
    with pytest.raises(DocumentError) as refused:
        response_of(_reply(HELLO, content_type))
    assert refused.value.code == 12300


@pytest.mark.parametrize("content_type", ["text/xml", "text/plain", "audio/wav", "image/png"])
@pytest.mark.parametrize("body", ["", " \r\n\t "])
def test_nothing_at_all_is_11770(content_type: str, body: str) -> None:
    with pytest.raises(DocumentError) as refused:
        response_of(_reply(body, content_type))
    assert refused.value.code == 11770


def test_a_sound_is_played_and_the_call_hung_up() -> None:
    assert _verbs(_reply(b"RIFF", "audio/x-wav")) == [("Play", "http://app/voice"), ("Hangup", "")]


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("您好，再见。", "text/plain", "您好，再见。"),
        ("您好".encode("gb18030"), "text/plain; charset=gb2312", "您好"),
        ("<Response>", "text/plain", "<Response>"),
        (b"caf\xe9", "text/plain", "caf\ufffd"),
    ],
)
def test_plain_text_that_is_no_twiml_is_read_aloud(body: str | bytes, content_type: str, said: str) -> None:
    assert _verbs(_reply(body, content_type)) == [("Say", said), ("Hangup", "")]


def _declared(charset: str, bytes_in: str | None = None) -> bytes:
    return f'<?xml version="1.0" encoding="{charset}"?>{HELLO}'.encode(bytes_in or charset)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (HELLO.encode(), ""),
        (_declared("UTF-8"), ""),
        (_declared("GB18030"), ""),
        (_declared("gbk"), ""),
        (_declared("GB2312"), ""),
        (_declared("Big5"), ""),
        (HELLO.encode("gb18030"), "GB18030"),
        (_declared("utf-8", "gb18030"), "gb18030"),
        (_declared("gb18030"), "utf-8"),
        (HELLO.encode("utf-16"), ""),
        (b"\xef\xbb\xbf" + HELLO.encode(), "iso-8859-1"),
        (HELLO.encode(), "no-such-charset"),
        (HELLO.encode(), "base64"),
        (b"\n\n  " + HELLO.encode(), ""),
    ],
)
def test_the_charset_is_that_of_the_mark_the_header_or_the_declaration(body: bytes, charset: str) -> None:
    content_type = f"text/xml; charset={charset}" if charset else "text/xml"
    assert _verbs(_reply(body, content_type)) == [("Say", "您好")]


def test_bytes_that_are_no_text_are_12100() -> None:
    with pytest.raises(DocumentError) as refused:
        decoded(b"<Response>\xff\xfe\x80</Response>", "utf-8")
    assert refused.value.code == 12100


@pytest.mark.parametrize(
    "extra",
    [
        "<!-- <Say>no</Say> -->",
        "<?php echo 1 ?>",
        "<![CDATA[ ]]>",
    ],
)
def test_comments_and_processing_instructions_are_nothing(extra: str) -> None:
    body = f"{extra if not extra.startswith('<![') else ''}<Response>{extra}<Say>您好{extra}</Say></Response>"
    assert _verbs(_reply(body)) == [("Say", "您好")]


def test_namespaces_are_let_be() -> None:
    body = '<Response xmlns="http://x" xmlns:a="http://y"><Say a:b="c">您好</Say></Response>'
    (say,) = response_of(_reply(body)).children()
    assert isinstance(say, Element)
    assert say.text() == "您好"
