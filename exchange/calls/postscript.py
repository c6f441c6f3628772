"""A request about a call that is gone or goes on elsewhere: nobody performs the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.calls import parameters
from exchange.errors import WebhookError
from exchange.order import Target
from exchange.verb import Params

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def tell(session: Session, target: Target, params: Params, *, gone: bool) -> None:
    """Asks an action URL all the same; a call that is gone is `completed`."""
    status = "completed" if gone else None
    fields = parameters.of_call(session.call, session.board.account, status=status)
    try:
        await session.board.webhooks.request(target, [*fields, *params], session.leg.life.cookies)
    except WebhookError as error:
        session.notify(error.code, str(error), target.url)
