"""Where a running exchange is and its credentials, left for a second terminal of the same user."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from exchange.errors import SettingError

_OTHERS = 0o077
_logger = logging.getLogger("exchange")


@dataclass(frozen=True, slots=True)
class State:
    """What one needs to talk to a running exchange."""

    url: str
    account_sid: str
    auth_token: str
    pid: int


def folder(environment: Mapping[str, str]) -> Path:
    """Where exchanges leave their files: the user's own runtime directory, or one like it."""
    given = environment.get("XDG_RUNTIME_DIR")
    return Path(given, "huifang") if given else Path(tempfile.gettempdir(), f"huifang-{os.getuid()}")


@contextmanager
def left(state: State, path: Path | None, environment: Mapping[str, str]) -> Iterator[None]:
    """Leaves the file while the exchange runs, readable by its user alone; it goes on without one."""
    file = path or folder(environment) / f"exchange-{state.pid}.json"
    try:
        if path is None:
            _private(file.parent)
        _write(state, file)
    except (OSError, SettingError) as error:
        if path is not None:
            raise SettingError(f"--state {path}: cannot be written: {error}") from error
        _logger.warning("no state file for `exchange call`: %s", error)
        yield
        return
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def found(path: Path | None, port: int | None, environment: Mapping[str, str]) -> State:
    """The exchange that runs (at this port); SettingError when there is none, or more than one."""
    if path is not None:
        return _read(path)
    running = [state for state in _running(folder(environment)) if port is None or _is_at(state, port)]
    if not running:
        at = "" if port is None else f" at port {port}"
        raise SettingError(
            f"no exchange of yours runs{at}: start one with `huifang exchange --port 8900`, "
            "or name it with --base and TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN"
        )
    if len(running) > 1:
        urls = ", ".join(state.url for state in running)
        raise SettingError(f"{len(running)} exchanges run ({urls}): choose one with --port")
    return running[0]


def _running(where: Path) -> Iterator[State]:
    for file in sorted(where.glob("exchange-*.json")):
        try:
            state = _read(file)
        except SettingError:
            continue
        if _lives(state.pid):
            yield state
        else:
            file.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_at(state: State, port: int) -> bool:
    return state.url.endswith(f":{port}")


def _read(path: Path) -> State:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return State(**data)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, TypeError) as error:
        raise SettingError(f"{path}: not the file of a running exchange: {error}") from error


def _private(where: Path) -> None:
    """Makes the folder; the one in the common directory for temporary files could be somebody else's."""
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = where.lstat()
    if about.st_uid != os.getuid() or about.st_mode & _OTHERS or where.is_symlink():
        raise SettingError(f"{where} is not yours alone: remove it")


def _write(state: State, file: Path) -> None:
    if file.exists() and not file.is_file():
        raise SettingError("it is not a plain file")
    fresh = file.with_name(f".{file.name}.{state.pid}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as text:
        json.dump(asdict(state), text)
    fresh.replace(file)
