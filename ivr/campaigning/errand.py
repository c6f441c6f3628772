"""A command in a process of its own: what reads or writes a whole list must not take turns with webhooks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any

AT_ONCE = BoundedSemaphore(2)
"""So many at the same time; who comes later is told to try again."""
PATIENCE = 25.0
"""Seconds a page waits; the command goes on, and its result is seen where it belongs."""
LONGEST = 300
"""Characters of a refusal that are shown."""


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """Why the command did nothing; `code` is busy, slow or refused, `message` what it said.

    `why` and `about` are the code and the names of what the dialer's room refused.
    """

    code: str
    message: str = ""
    why: str = ""
    about: Mapping[str, str] = field(default_factory=dict)


def run(*arguments: str) -> Mapping[str, Any]:
    """The JSON that `huifang` prints for these arguments, if any; Refused says why it did nothing."""
    if not AT_ONCE.acquire(blocking=False):
        raise Refused("busy")
    try:
        return _result(
            subprocess.Popen(
                [sys.executable, "-m", "ivr.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        )
    finally:
        AT_ONCE.release()


def _result(process: subprocess.Popen[str]) -> Mapping[str, Any]:
    try:
        out, said = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Refused("slow") from None
    if process.returncode:
        lines = said.strip().splitlines() or [""]
        error = _read(out).get("error", {})
        message = lines[-1].removeprefix("huifang: ")[:LONGEST]
        raise Refused("refused", message, error.get("code", ""), error.get("about", {}))
    return _read(out)


def _read(out: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(out) if out.startswith(("{", "[")) else {}
    return found
