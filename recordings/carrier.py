"""Audio over HTTP from the carrier."""

from __future__ import annotations

from urllib.parse import urlsplit

import urllib3

from recordings.errors import Unasked, Unfetched

_TIMEOUT = urllib3.Timeout(connect=5, read=30)
# Media may be redirected to a file server; urllib3 does not show the credentials to another host.
# Everything else is asked again by the collector, later.
_RETRIES = urllib3.Retry(total=3, redirect=3, connect=0, read=0, status=0, other=0)


class CarrierAudio:
    """Fetches recordings as this account; `base_url_rewrite` replaces scheme and host of each URL."""

    def __init__(self, account_sid: str, auth_token: str, base_url_rewrite: str | None) -> None:
        self._base = base_url_rewrite
        self._headers = urllib3.make_headers(basic_auth=f"{account_sid}:{auth_token}")
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=_RETRIES)

    def __call__(self, url: str) -> bytes:
        """The WAV file of the recording at this URL."""
        try:
            answer = self._pool.request("GET", self._wav(url), headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise Unfetched(f"no answer: {type(error).__name__}") from error
        if answer.status in (401, 403):
            raise Unasked(f"HTTP {answer.status}: the carrier refuses the credentials: check SID and token")
        if answer.status != 200:
            raise Unfetched(f"HTTP {answer.status}")
        return answer.data

    def _wav(self, url: str) -> str:
        if self._base is not None:
            url = self._base.rstrip("/") + urlsplit(url).path
        return url if url.endswith(".wav") else f"{url}.wav"
