"""The carrier: the one place that speaks Twilio's REST API."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ssl import SSLCertVerificationError
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from requests import exceptions as faults
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.recording import RecordingInstance
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.exceptions import HTTPError as BaseHTTPError

from dialer.refusals import NOT_FOUND, CarrierError, Kind, of_response, reading

STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
RECORDING_EVENTS = ["in-progress", "completed", "absent"]
RETRIED = "#rc=2&rp=5xx,ct,rt&ct=1500&rt=3500"
"""Twilio's connection overrides: three tries that together fit its 15 s for a call's webhook.

Repeats do no harm, because a stored turn is answered with the same bytes."""
PAGE = 50
"""Calls looked through by `find`, newest first."""
SHIFT = 12 * 3600
"""Seconds the line of an agent may stand; a conference would let it go after four hours."""
OVER = (21220, NOT_FOUND)
"""The call has ended, or the carrier does not know it any more."""

log = logging.getLogger("huifang.carrier")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """A call as the carrier reports it; `status` is Twilio's word, `duration` seconds of talk."""

    sid: str
    status: str
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    duration: int | None
    answered_by: str


@dataclass(frozen=True, slots=True)
class CarrierRecording:
    """A recording as the carrier reports it; `url` leads to its audio."""

    sid: str
    status: str
    url: str
    seconds: int | None
    channels: int | None


class Line(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """The HTTP connection to the carrier: pooled, with time-outs, and never repeating a request."""

    def __init__(self, api_base: str | None, *, connections: int, timeouts: tuple[float, float]) -> None:
        super().__init__(log, is_async=False)
        self.base = api_base.rstrip("/") if api_base else None
        self.timeouts = timeouts
        self.session = requests.Session()
        # A local exchange is reached directly; only the real carrier may be behind a proxy.
        self.session.trust_env = api_base is None
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self.session.mount(self.base or "https://", adapter)

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request, to the exchange where one is set; nothing of it is logged."""
        answer = self.session.request(
            method,
            self.address(uri),
            params=params,  # type: ignore[arg-type]
            data=data,
            headers=headers,
            auth=auth,
            timeout=self.timeouts,
            allow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.text, answer.headers)

    def address(self, uri: str) -> str:
        """Where a request to Twilio goes: to the exchange, whatever edge or region the environment names."""
        return uri if self.base is None else self.base + urlsplit(uri)._replace(scheme="", netloc="").geturl()


class Carrier:
    """Places, finds, fetches and ends calls; every failure is a `CarrierError` (vendor: Calls resource)."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base: str | None,
        public_url: str,
        *,
        ring: int = 30,
        connections: int = 20,
        timeouts: tuple[float, float] = (3.05, 15.0),
    ) -> None:
        self.line = Line(api_base, connections=connections, timeouts=timeouts)
        self.client = Client(account_sid, auth_token, http_client=self.line)
        self.public_url = public_url.rstrip("/")
        self.ring = ring

    def place(self, call_id: int, to_number: int, from_number: int) -> str:
        """Ask for a call and return its SID; the webhooks carry our call id in their path."""
        sid: str | None = submission(lambda: self._create(call_id, to_number, from_number).sid)
        if not sid:
            raise CarrierError("the carrier accepted a call without naming it", Kind.UNKNOWN)
        log.info("call placed", extra={"call_id": call_id, "carrier_sid": sid})
        return sid

    def _create(self, call_id: int, to_number: int, from_number: int) -> CallInstance:
        def hook(leg: str) -> str:
            return self.hook(f"/calls/{call_id}/{leg}")

        return self.client.calls.create(
            to=f"+{to_number}",
            from_=f"+{from_number}",
            url=hook("answered"),
            fallback_url=hook("fallback"),
            status_callback=hook("status"),
            status_callback_event=STATUS_EVENTS,
            timeout=self.ring,
            record=True,
            recording_channels="dual",
            recording_status_callback=hook("recording"),
            recording_status_callback_event=RECORDING_EVENTS,
            trim="do-not-trim",
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=hook("amd"),
        )

    def fetch(self, sid: str) -> CarrierCall | None:
        """The call as it stands at the carrier; None when the carrier does not know it."""
        try:
            return inquiry(lambda: call_of(self.client.calls(sid).fetch()))
        except CarrierError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def find(self, to_number: int, from_number: int, since: datetime) -> list[CarrierCall]:
        """The calls between two numbers made since then, oldest first.

        The list is not narrowed by StartTime, because a queued call has none yet.
        """
        return inquiry(lambda: sorted(self._listed(to_number, from_number, since), key=creation))

    def _listed(self, to_number: int, from_number: int, since: datetime) -> Iterator[CarrierCall]:
        page = self.client.calls.list(to=f"+{to_number}", from_=f"+{from_number}", limit=PAGE, page_size=PAGE)
        # Twilio's times have whole seconds.
        return (call for call in map(call_of, page) if creation(call) >= since.replace(microsecond=0))

    def recordings(self, sid: str) -> list[CarrierRecording]:
        """The recordings of a call, newest first."""
        return inquiry(lambda: list(map(recording_of, self.client.recordings.list(call_sid=sid, limit=PAGE))))

    def end(self, sid: str) -> bool:
        """Hang a call up, or withdraw it while it is queued or ringing; False: it is over already."""
        return unless_over(lambda: self.client.calls(sid).update(status="completed"))

    def redirect(self, sid: str, path: str) -> bool:
        """Let a running call go on with the document at `path`, out of its conference; False: it is over."""
        url = self.hook(path)
        return unless_over(lambda: self.client.calls(sid).update(url=url, method="POST"))

    def ring_desk(self, to_number: int, from_number: int, path: str, status_path: str) -> str:
        """Ring an agent's desk phone and return the call's SID; `path` answers when it is picked up."""
        sid: str | None = submission(
            lambda: (
                self.client.calls.create(
                    to=f"+{to_number}",
                    from_=f"+{from_number}",
                    url=self.hook(path),
                    status_callback=self.hook(status_path),
                    status_callback_event=["completed"],
                    timeout=self.ring,
                    time_limit=SHIFT,
                ).sid
            )
        )
        if not sid:
            raise CarrierError("the carrier accepted a call without naming it", Kind.UNKNOWN)
        return sid

    def hook(self, path: str) -> str:
        """A webhook of ours as the carrier is to ask for it."""
        return f"{self.public_url}{path}{RETRIED}"


def creation(call: CarrierCall) -> datetime:
    """When the carrier made the call; unknown counts as long ago, so that it is never adopted."""
    return call.created_at or datetime.min.replace(tzinfo=UTC)


def call_of(call: CallInstance) -> CarrierCall:
    """Twilio's call as ours."""
    return CarrierCall(
        sid=call.sid or "",
        status=str(call.status or ""),
        created_at=call.date_created,
        started_at=call.start_time,
        ended_at=call.end_time,
        duration=int(call.duration) if call.duration else None,
        answered_by=call.answered_by or "",
    )


def recording_of(recording: RecordingInstance) -> CarrierRecording:
    """Twilio's recording as ours."""
    return CarrierRecording(
        sid=recording.sid or "",
        status=str(recording.status or ""),
        url=recording.media_url or "",
        seconds=int(recording.duration) if recording.duration else None,
        channels=int(recording.channels) if recording.channels else None,
    )


def submission(ask: Callable[[], T]) -> T:
    """Run a request that must not be repeated blindly; its failures say whether it may have been accepted."""
    try:
        return ask()
    except (TwilioException, OSError, BaseHTTPError, ValueError) as error:
        raise fault(error) from None


def inquiry(ask: Callable[[], T]) -> T:
    """Run a request that may be repeated."""
    try:
        return submission(ask)
    except CarrierError as error:
        raise CarrierError(str(error), reading(error.kind), error.code) from None


def unless_over(ask: Callable[[], object]) -> bool:
    """Run a request about a running call; False when the carrier says that the call is over."""
    try:
        inquiry(ask)
    except CarrierError as error:
        if error.code in OVER:
            return False
        raise
    return True


def fault(error: Exception) -> CarrierError:
    """What an exception of the SDK or of its HTTP library means."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        code = error.code if isinstance(error.code, int) else None
        kind = of_response(error.status, code)
        return CarrierError(explain(kind, f"HTTP {error.status}, code {code}"), kind, code)
    kind = transport_kind(error)
    return CarrierError(explain(kind, type(error).__name__), kind)


def transport_kind(error: Exception) -> Kind:
    """Whether the request can have left: only a connection that was never made is surely harmless."""
    if isinstance(inner := cause(error), NewConnectionError | ConnectTimeoutError):
        return Kind.TRANSIENT
    if isinstance(inner, SSLCertVerificationError):
        return Kind.SETUP
    return next((TRANSPORT[one] for one in type(error).__mro__ if one in TRANSPORT), Kind.UNKNOWN)


def cause(error: BaseException) -> BaseException:
    """The innermost reason that the HTTP library wrapped."""
    wrapped = getattr(error, "reason", None) or next(iter(error.args), None)
    return cause(wrapped) if isinstance(wrapped, BaseException) else error


def explain(kind: Kind, what: str) -> str:
    """The message of a failure: what happened and what follows."""
    return f"the carrier did not take the request ({what}): {ADVICE[kind]}"


ADVICE = {
    Kind.PERMANENT: "this number cannot be called",
    Kind.TRANSIENT: "try again later",
    Kind.UNKNOWN: "it may have been accepted; ask before calling again",
    Kind.SETUP: "check the account, its token, TWILIO_API_BASE, HUIFANG_PUBLIC_URL and the caller number",
}
TRANSPORT: dict[type[BaseException], Kind] = {
    TwilioException: Kind.SETUP,
    faults.ConnectTimeout: Kind.TRANSIENT,
    faults.ProxyError: Kind.TRANSIENT,
    faults.InvalidURL: Kind.SETUP,
    faults.InvalidProxyURL: Kind.SETUP,
    faults.MissingSchema: Kind.SETUP,
    faults.InvalidSchema: Kind.SETUP,
    faults.InvalidHeader: Kind.SETUP,
    faults.URLRequired: Kind.SETUP,
    faults.RequestException: Kind.UNKNOWN,
    faults.ConnectionError: Kind.UNKNOWN,
    faults.SSLError: Kind.UNKNOWN,
    faults.Timeout: Kind.UNKNOWN,
    faults.ReadTimeout: Kind.UNKNOWN,
    faults.ChunkedEncodingError: Kind.UNKNOWN,
    faults.ContentDecodingError: Kind.UNKNOWN,
    faults.StreamConsumedError: Kind.UNKNOWN,
    faults.RetryError: Kind.UNKNOWN,
    faults.TooManyRedirects: Kind.UNKNOWN,
    faults.UnrewindableBodyError: Kind.UNKNOWN,
    faults.HTTPError: Kind.UNKNOWN,
    faults.InvalidJSONError: Kind.UNKNOWN,
    faults.JSONDecodeError: Kind.UNKNOWN,
    BaseHTTPError: Kind.UNKNOWN,
    ValueError: Kind.UNKNOWN,
}
"""One line for each exception class of the SDK and of its HTTP library, as a test makes sure."""
