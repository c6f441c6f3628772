"""The program's settings, read once from the environment into one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SECRETS = ("TWILIO_AUTH_TOKEN", "HUIFANG_SECRET_KEY")
SOFTPHONE = ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_TWIML_APP_SID")
"""What telephones in the browser need; without them agents use their desk phones."""
MIN_SECRET = 16
LIVE_URL = "HUIFANG_LIVE_URL"
"""Where browsers find the event streams; without it pages ask again and again."""


class SettingError(Exception):
    """A setting is missing or malformed; the message names it and says what to do."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the environment; an empty text is a setting that was not given."""

    home: Path
    database: Path
    clock: str
    account_sid: str
    auth_token: str = field(repr=False)
    secret_key: str = field(repr=False)
    api_base: str
    public_url: str
    api_key: str
    api_secret: str = field(repr=False)
    twiml_app_sid: str
    live_url: str = ""

    @property
    def signed_url(self) -> str:
        """The base that the carrier signs: the public URL without a trailing slash."""
        return self.public_url.rstrip("/")

    @property
    def softphone_lacks(self) -> tuple[str, ...]:
        """The settings that are missing for telephones in the browser; none: they can be used."""
        given = (self.account_sid, self.api_key, self.api_secret, self.twiml_app_sid)
        return tuple(name for name, value in zip(SOFTPHONE, given, strict=True) if not value)


def read(environ: Mapping[str, str], need: tuple[str, ...] = ()) -> Settings:
    """Return the settings; raise SettingError for one that is malformed, or needed and missing."""
    for name in need:
        if not environ.get(name, "").strip():
            raise SettingError(name, "is not set; the command cannot start without it")
    home = Path(environ.get("HUIFANG_HOME") or "instance")
    return Settings(
        home=home,
        database=_database(environ.get("HUIFANG_DATABASE", ""), home),
        clock=environ.get("HUIFANG_CLOCK", "").strip(),
        account_sid=_sid("TWILIO_ACCOUNT_SID", "AC", environ),
        auth_token=environ.get("TWILIO_AUTH_TOKEN", "").strip(),
        secret_key=_secret(environ.get("HUIFANG_SECRET_KEY", "")),
        api_base=_url("TWILIO_API_BASE", environ.get("TWILIO_API_BASE", "")),
        public_url=_url("HUIFANG_PUBLIC_URL", environ.get("HUIFANG_PUBLIC_URL", "")),
        api_key=_sid("TWILIO_API_KEY", "SK", environ),
        api_secret=environ.get("TWILIO_API_SECRET", "").strip(),
        twiml_app_sid=_sid("TWILIO_TWIML_APP_SID", "AP", environ),
        live_url=_url(LIVE_URL, environ.get(LIVE_URL, "")).rstrip("/"),
    )


def _database(text: str, home: Path) -> Path:
    text = text.strip()
    if "://" in text and not text.startswith("sqlite:///"):
        raise SettingError("HUIFANG_DATABASE", "must be a file path or sqlite:///path")
    text = text.removeprefix("sqlite:///")
    return Path(text) if text else home / "huifang.db"


def _sid(name: str, kind: str, environ: Mapping[str, str]) -> str:
    text = environ.get(name, "").strip()
    if text and not (len(text) == 34 and text.startswith(kind) and text[2:].isalnum()):
        raise SettingError(name, f"must be {kind} and 32 letters or digits")
    return text


def _secret(text: str) -> str:
    text = text.strip()
    if text and len(text) < MIN_SECRET:
        raise SettingError("HUIFANG_SECRET_KEY", f"must have at least {MIN_SECRET} characters")
    return text


def _url(name: str, text: str) -> str:
    text = text.strip()
    if text:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise SettingError(name, "must be a URL like https://host or http://127.0.0.1:8000")
    return text


def origin_of(url: str) -> str:
    """Scheme, host and port, as browsers write them in `Origin`."""
    parts = urlsplit(url)
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, standard) else f":{parts.port}"
    return f"{parts.scheme}://{host_of(url)}{port}"


def host_of(url: str) -> str:
    """The host, with the brackets of an IPv6 address."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host
