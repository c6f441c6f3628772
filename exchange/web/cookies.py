"""What one call keeps of the applications it talks to: cookies, log-ins, and a sound just answered."""

from __future__ import annotations

import aiohttp
from yarl import URL

from exchange.web.login import Credentials, Login, origin
from exchange.web.reply import Reply


class Cookies:
    """Most applications give no cookies and ask for no password, and then this costs nothing."""

    def __init__(self) -> None:
        self._jar: aiohttp.CookieJar | None = None
        self._logins: dict[str, Login] = {}
        self._sound: Reply | None = None

    def header(self, url: URL) -> str:
        """The `Cookie` header for a request to this URL."""
        if self._jar is None:
            return ""
        found = self._jar.filter_cookies(url)
        return "; ".join(f"{name}={morsel.value}" for name, morsel in found.items())

    def take(self, response: aiohttp.ClientResponse) -> None:
        """Keeps what the response sets."""
        if response.cookies:
            if self._jar is None:
                self._jar = aiohttp.CookieJar(unsafe=True)  # applications on bare addresses have cookies, too
            self._jar.update_cookies(response.cookies, response.url)

    def authorization(self, method: str, url: URL) -> str:
        """The `Authorization` header for a server that has asked for it before."""
        login = self._logins.get(origin(str(url))) if self._logins else None
        return login.authorization(method, url.raw_path_qs) if login else ""

    def log_in(self, url: str, credentials: Credentials | None, challenge: str) -> bool:
        """Takes a server's demand for a password; False when there is none to give or it was refused."""
        server = origin(url)
        known = self._logins.get(server)
        if known is not None and not _stale(challenge):
            del self._logins[server]
            return False
        found = known.credentials if known else credentials
        if found is None or not challenge:
            return False
        self._logins[server] = Login(found, challenge)
        return True

    def put(self, sound: Reply) -> None:
        """Keeps a sound that a webhook was answered with: it is played without asking for it again."""
        self._sound = sound

    def pick(self, url: str) -> Reply | None:
        """The sound last answered, if it came from this address."""
        sound = self._sound
        if sound is None or sound.url != url:
            return None
        self._sound = None
        return sound


def _stale(challenge: str) -> bool:
    return "stale=true" in challenge.lower().replace('"', "").replace(" ", "")
