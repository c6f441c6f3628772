"""How an external list comes: copied from a file or fetched over HTTP, whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import urllib3

from dialer.dnc_lists.config import External
from dialer.errors import DncListError
from ledger.dnc_lists import DncList, Edition

MOST_BYTES = 4 << 30
"""A hundred million numbers and what stands beside them."""
BLOCK = 1 << 20
LONGEST = 3600.0
"""Seconds that a download may take, however slowly it trickles."""
PAUSES = (0.0, 1.0, 4.0)
"""Seconds before each try: a server that is busy or gone is asked again."""
TIMEOUT = urllib3.Timeout(connect=5, read=30)
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
NOT_MODIFIED = 304


class Broken(DncListError):
    """This try failed in a way that another may not."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A list that was delivered; `changed` is False when it is the version that is known."""

    edition: Edition
    changed: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be brought where: the list, what is known of it, and the file that is to hold it."""

    external: External
    known: DncList
    target: Path
    now: datetime
    stop: Event
    environ: Mapping[str, str]


def deliver(errand: Errand) -> Delivery:
    """Put the list at its target if it has changed; DncListError says why it could not be had."""
    delivery = from_file(errand) if errand.external.file else over_http(errand)
    if delivery.changed and errand.external.format.endswith(".gz"):
        unpacked(errand)
    return delivery


def from_file(errand: Errand) -> Delivery:
    """Copy a file that its keeper delivers; its time of modification says as of when it holds."""
    file = errand.external.file or errand.target
    try:
        before = file.stat()
        as_of = min(datetime.fromtimestamp(before.st_mtime, UTC), errand.now)
        edition = Edition(as_of, modified=f"{before.st_mtime_ns}/{before.st_size}")
        if edition.modified == errand.known.modified:
            return Delivery(edition, changed=False)
        with file.open("rb") as source:
            digest = kept(iter(partial(source.read, BLOCK), b""), errand.target, errand.stop)
        after = file.stat()
    except OSError as error:
        raise DncListError(f"file: {error.strerror}; see that it is delivered and may be read") from None
    if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
        raise DncListError("file: is being written; deliver it under another name and rename it")
    return delivered(edition, digest, errand)


def over_http(errand: Errand) -> Delivery:
    """Fetch it unless its keeper says that it has not changed; a busy server is asked three times."""
    external = errand.external
    headers = conditions(errand.known) | credentials(external, errand.environ)
    retries = urllib3.Retry(
        3, connect=0, read=0, status=0, other=0, remove_headers_on_redirect=[external.header]
    )
    problem = Broken("its server was not asked")
    with urllib3.PoolManager(timeout=TIMEOUT, retries=retries, headers=headers) as pool:
        for pause in PAUSES:
            errand.stop.wait(pause)
            try:
                return fetched(pool, errand)
            except Broken as error:
                problem = error
    raise problem


def fetched(pool: urllib3.PoolManager, errand: Errand) -> Delivery:
    """One request; what comes shorter than announced is an error of the library's."""
    try:
        answer = pool.request("GET", errand.external.url, preload_content=False)
        try:
            checked(answer.status)
            edition = edition_of(answer.headers, errand)
            if answer.status == NOT_MODIFIED:
                return Delivery(edition, changed=False)
            return delivered(edition, kept(answer.stream(BLOCK), errand.target, errand.stop), errand)
        finally:
            answer.close()
    except urllib3.exceptions.HTTPError as error:
        raise Broken(f"no whole answer: {type(error).__name__}; see whether its server runs") from None


def checked(status: int) -> None:
    """Refuse an answer that is no list."""
    if status in LATER:
        raise Broken(f"HTTP {status}; its server is asked again")
    if status in (401, 403):
        raise DncListError(f"HTTP {status}: the token is missing or refused; see dnc.toml")
    if status not in (200, NOT_MODIFIED):
        raise DncListError(f"HTTP {status}: see the url in dnc.toml")


def conditions(known: DncList) -> dict[str, str]:
    """Ask only for what is new; a list that was never wholly in force has no version yet."""
    said = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in said.items() if value}


def credentials(external: External, environ: Mapping[str, str]) -> dict[str, str]:
    """The token of the list from the environment, never from a file."""
    if not external.token:
        return {}
    token = environ.get(external.token, "").strip()
    if not token:
        raise DncListError(f"token: {external.token} is not set; put the token into the environment")
    return {external.header: f"Bearer {token}" if external.header == "Authorization" else token}


def edition_of(headers: Mapping[str, str], errand: Errand) -> Edition:
    """How the keeper names this version."""
    known = errand.known
    etag, modified = headers.get("ETag", known.etag), headers.get("Last-Modified", known.modified)
    return Edition(errand.now, etag, modified)


def delivered(edition: Edition, digest: str, errand: Errand) -> Delivery:
    """What was brought, with its digest: the same bytes are no change."""
    return Delivery(replace(edition, digest=digest), changed=digest != errand.known.digest)


def kept(blocks: Iterable[bytes], target: Path, stop: Event) -> str:
    """Write the blocks to the file and return their digest."""
    digest, size, began = hashlib.sha256(), 0, time.monotonic()
    with target.open("wb") as file:
        for block in blocks:
            size += len(block)
            if size > MOST_BYTES:
                raise DncListError(f"has more than {MOST_BYTES >> 30} GiB; see whether it is the list")
            if stop.is_set() or time.monotonic() - began > LONGEST:
                raise DncListError("did not come to its end in time")
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def unpacked(errand: Errand) -> None:
    """Replace a packed file by what is in it."""
    plain = errand.target.with_suffix(".plain")
    try:
        with gzip.open(errand.target) as packed:
            kept(iter(partial(packed.read, BLOCK), b""), plain, errand.stop)
    except (OSError, EOFError, zlib.error):
        raise DncListError(f"is no whole {errand.external.format}; see its format in dnc.toml") from None
    plain.replace(errand.target)
