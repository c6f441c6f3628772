"""Scripts on their way into force: taken in, proven, approved, activated; no step goes without its proof.

Proving takes a fraction of a second, so it happens before the transaction: `proof` makes one, steps take it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

import scripts
from dialer.errors import UnknownScript
from dialer.versions import version
from ledger import script_life
from ledger.connection import transaction
from ledger.errors import ScriptRefused
from ledger.script_life import CHECKED, DRAFT
from scripts import packs
from scripts.load import library
from scripts.model import Script
from scripts.proofs import prove
from scripts.proofs.finding import Finding

CHECKER = ("proofs", "packs")
"""The folders of `scripts/` whose content decides what a check finds."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the checker finds in a script, and the digest of the rules that it went by."""

    script: Script
    findings: tuple[Finding, ...]
    rules: str


def proof(script: Script) -> Proof:
    """Check a script; one process checks each version once."""
    return Proof(script, _findings(script), rules())


def proof_of(conn: sqlite3.Connection, digest: str) -> Proof:
    """The check of a version as the ledger keeps it: the last one, unless the rules are others today.

    What was checked from a file was checked with the locks beside it, which the kept text does not hold.
    """
    found = version(conn, digest)
    if found is None:
        raise UnknownScript(f"script {digest[:12]}: its kept text cannot be read; add its file again")
    return Proof(found, (), rules()) if _last_check(conn, digest) == (0, rules()) else proof(found)


def _last_check(conn: sqlite3.Connection, digest: str) -> tuple[int | None, str] | None:
    checks = [step for step in script_life.steps(conn, digest) if step.findings is not None]
    return (checks[-1].findings, checks[-1].rules) if checks else None


@lru_cache(maxsize=128)
def _findings(script: Script) -> tuple[Finding, ...]:
    return prove(script)


@cache
def rules() -> str:
    """The digest of the checker's rules, code and data."""
    root, taken = Path(scripts.__file__).parent, hashlib.sha256()
    files = (file for folder in CHECKER for file in (root / folder).rglob("*"))
    for file in sorted((*files, root / "locks.toml")):
        if file.suffix in (".py", ".toml") and file.exists():
            taken.update(file.relative_to(root).as_posix().encode())
            taken.update(file.read_bytes())
    return taken.hexdigest()


def take_in(conn: sqlite3.Connection, proven: Proof, author_id: int | None, now: datetime) -> str:
    """Draft a script and keep what its check found, in a transaction; a shipped one has no author."""
    digest = script_life.draft(conn, proven.script, author_id, now)
    if script_life.needed(conn, digest).status in (DRAFT, CHECKED):
        keep(conn, proven, now)
    return digest


def take_in_shipped(conn: sqlite3.Connection, now: datetime) -> list[str]:
    """Draft what comes with the program and is not here yet; returns why the others were not taken."""
    new = [proof(script) for script in library().values() if _is_new(conn, script.digest)]
    refused = []
    with transaction(conn):
        for proven in new:
            try:
                take_in(conn, proven, None, now)
            except ScriptRefused as refusal:
                refused.append(str(refusal))
    return refused


def _is_new(conn: sqlite3.Connection, digest: str) -> bool:
    found = script_life.get(conn, digest)
    return found is None or found.status == script_life.KEPT


def keep(conn: sqlite3.Connection, proven: Proof, now: datetime) -> None:
    """Keep the result of a check, unless the same rules gave the same before; in a transaction."""
    digest, found = proven.script.digest, len(proven.findings)
    if _last_check(conn, digest) != (found, proven.rules):
        script_life.checked(conn, digest, found, now, rules=proven.rules)


def approve(conn: sqlite3.Connection, proven: Proof, user_id: int, now: datetime) -> None:
    """Approve a version that is proven by the rules of today, in a transaction."""
    _demand(proven)
    keep(conn, proven, now)
    script_life.approve(conn, proven.script.digest, user_id, now)


def activate(conn: sqlite3.Connection, proven: Proof, user_id: int, now: datetime) -> None:
    """Put a version that is proven by the rules of today in force, in a transaction."""
    _demand(proven)
    keep(conn, proven, now)
    script_life.activate(conn, proven.script.digest, user_id, now, filing=filed_first(proven.script))


def filed_first(script: Script) -> bool:
    """Whether the rule pack of the script's region demands that it was filed (S002-99)."""
    return packs.pack(script.region or packs.NATIONAL).filing


def put_in_force(conn: sqlite3.Connection, names: Iterable[str], user_id: int, now: datetime) -> None:
    """Take in, approve and activate shipped scripts, where that was not done before, in a transaction."""
    for proven in [proof(library()[name]) for name in names]:
        digest = take_in(conn, proven, None, now)
        if script_life.needed(conn, digest).status in (DRAFT, CHECKED):
            approve(conn, proven, user_id, now)
            activate(conn, proven, user_id, now)


def _demand(proven: Proof) -> None:
    if proven.findings:
        raise script_life.refused(script_life.named(proven.script), "findings")
