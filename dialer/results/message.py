"""What a target is told of one row of the outbox, and the signature that proves it is from us."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dialer.results.targets import Target
from ledger.outbox import Happened

PERSONAL = ("policy_no",)
"""What only a target that may have personal data is told."""


@dataclass(frozen=True, slots=True)
class Message:
    """A body and the headers it is posted with (Standard Webhooks 1.0.0)."""

    body: bytes
    headers: Mapping[str, str]


def message(target: Target, happened: Happened, now: datetime) -> Message:
    """The message of an event; its id is the same at every try, so that the target knows a repeat."""
    data = {key: value for key, value in happened.data.items() if target.personal or key not in PERSONAL}
    told = {"type": happened.kind, "timestamp": happened.at, "data": data}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    name, stamp = f"huifang_{happened.outbox_id}", str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "huifang",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{sign(target.secret, name, stamp, body)}",
    }
    return Message(body, headers)


def sign(secret: bytes, name: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over id, time stamp and body, in base64."""
    signed = f"{name}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
