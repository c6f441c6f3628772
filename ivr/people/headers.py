"""What browsers must not do with our pages: frame them, keep them, run or style them from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NEVER_KEPT = "no-store"
HTTPS_ONLY = "max-age=31536000"


def policy(elsewhere: Sequence[str], scripts: Sequence[str] = ()) -> str:
    """The content security policy; `elsewhere` are the origins besides ours that scripts may ask and play.

    `scripts` are those whose scripts may run: of the local exchange, which stands in for the carrier.
    """
    more, code = ("".join(f" {origin}" for origin in origins) for origins in (elsewhere, scripts))
    return (
        f"default-src 'self'; script-src 'self'{code}; connect-src 'self'{more}; "
        f"media-src 'self' blob:{more}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def dress(
    elsewhere: Sequence[str], scripts: Sequence[str] = (), *, https: bool
) -> Callable[[Response], Response]:
    """Return what puts the headers on each answer of a page."""
    fixed = {**HEADERS, "Content-Security-Policy": policy(elsewhere, scripts)}
    if https:
        fixed["Strict-Transport-Security"] = HTTPS_ONLY

    def put(answer: Response) -> Response:
        answer.headers.extend(fixed)
        answer.headers.setdefault("Cache-Control", NEVER_KEPT)
        return answer

    return put
