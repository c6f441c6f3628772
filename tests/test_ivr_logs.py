"""A log line holds a static text and ids, and of an exception only its type and places."""

from __future__ import annotations

import logging
import sys

from ivr.logs import Line


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("huifang.loop", logging.WARNING, "loop.py", 1, message, None, None)
    made.__dict__.update(fields)
    return made


def test_ids_are_fields() -> None:
    line = Line().format(record("call not placed", call_id=7, error_code="21211"))
    assert line.endswith("WARNING huifang.loop call not placed call_id=7 error_code=21211")


def test_a_field_that_is_no_id_is_left_out() -> None:
    assert "郑俊红" not in Line().format(record("call placed", holder="郑俊红"))


def test_the_words_of_an_exception_are_left_out_and_its_place_is_kept() -> None:
    number = "".join(("138", "12345678"))
    try:
        raise ValueError(number)
    except ValueError:
        made = record("a turn failed", call_id=7)
        made.exc_info = sys.exc_info()
    line = Line().format(made)
    assert "ValueError" in line
    assert "test_ivr_logs.py" in line
    assert number not in line
