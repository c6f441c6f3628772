"""A throw-away certificate authority that vouches for every host of Twilio, and for nothing else."""

from __future__ import annotations

import re
import ssl
from functools import lru_cache
from pathlib import Path

import certifi

from exchange.errors import SettingError

try:
    import trustme
except ImportError as error:
    raise SettingError("--tls-proxy needs trustme: pip install 'huifang[exchange]'") from error

_TWILIO = re.compile(r"(?:[a-z0-9-]{1,63}\.){0,6}twilio\.com", re.I)


def is_twilio(host: str) -> bool:
    """Whether a host is one of Twilio's."""
    return _TWILIO.fullmatch(host) is not None


class Authority:
    """Made when the exchange starts; its key is never written down."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="Local exchange")
        self._for_host = lru_cache(maxsize=256)(self._context)

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, PEM."""
        found: bytes = self._ca.cert_pem.bytes()
        return found

    def context(self) -> ssl.SSLContext:
        """How a server speaks TLS as whichever host of Twilio it is asked for."""
        context = self._context("api.twilio.com", "*.twilio.com")

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            if name is not None and is_twilio(name):
                connection.context = self._for_host(name.lower())

        context.sni_callback = choose
        return context

    def write_bundle(self, path: Path) -> None:
        """Writes a file of authorities: those this machine trusts anyway, and this one."""
        known = Path(ssl.get_default_verify_paths().cafile or certifi.where())
        try:
            path.write_bytes(known.read_bytes().rstrip() + b"\n" + self.certificate)
        except OSError as error:
            raise SettingError(f"--ca-file {path}: cannot be written: {error.strerror}") from error

    def _context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names).configure_cert(context)
        return context
