"""What can go wrong on the way to an application, with Twilio's error code."""

from __future__ import annotations

import aiohttp

from exchange.log import NOWHERE, Visit

_EXPIRED, _NO_PATH, _OTHER_NAME = {10}, {2, 18, 19, 20, 21}, {62, 64}
"""OpenSSL's reasons for refusing a certificate, as Twilio's codes group them."""


class Failed(Exception):
    """One try that failed; `kind` is how a retry policy names it."""

    def __init__(self, kind: str, code: int, reason: str, visit: Visit = NOWHERE) -> None:
        super().__init__(reason)
        self.kind, self.code, self.visit = kind, code, visit


def network_failure(error: Exception) -> Failed:
    """The failure that an error of the HTTP client means."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failed("ct", 11210, "the host name was not found")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate(error.certificate_error)
    if isinstance(error, aiohttp.ClientSSLError):
        return Failed("ct", 11220, "the TLS handshake failed")
    if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return Failed("ct", 11205, "the connection was not made")
    if isinstance(error, TimeoutError):
        return Failed("rt", 11200, "no answer in time")
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return Failed("url", 11100, "the URL is not usable")
    return Failed("rt", 11206, "the answer was not HTTP, or was cut short")


def _certificate(error: Exception) -> Failed:
    reason: int = getattr(error, "verify_code", 0)  # some refusals have no reason of OpenSSL's
    if reason in _OTHER_NAME:
        return Failed("ct", 11235, "the certificate is for another host")
    if reason in _EXPIRED:
        return Failed("ct", 11236, "the certificate has expired")
    if reason in _NO_PATH:
        return Failed("ct", 11237, "nobody vouches for the certificate")
    return Failed("ct", 11220, "the TLS handshake failed")
