"""Was this request signed by the carrier? Twilio's X-Twilio-Signature, checked on every webhook.

The digest is computed here once; where it differs Twilio's own validator is asked, which also tries the URL
with and without its port. Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict


class SignatureCheck:
    """Checks signatures made with one auth token."""

    def __init__(self, auth_token: str) -> None:
        self._key = auth_token.encode()
        self._validator = RequestValidator(auth_token)

    def holds(self, url: str, pairs: Sequence[tuple[str, str]], signature: str) -> bool:
        """Return whether `signature` is the carrier's for this URL and these form parameters."""
        if not signature:
            return False
        if hmac.compare_digest(self._compute(url, dict(pairs)), signature.encode()):
            return True
        return bool(self._validator.validate(url, MultiDict(pairs), signature))

    def _compute(self, url: str, form: dict[str, str]) -> bytes:
        text = url + "".join([name + form[name] for name in sorted(form)])
        return base64.b64encode(hmac.digest(self._key, text.encode(), "sha1"))
