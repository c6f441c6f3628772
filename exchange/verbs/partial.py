"""What a `<Gather>` understood so far, told while somebody still speaks; the answers are ignored.

https://www.twilio.com/docs/voice/twiml/gather#partialresultcallback
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.calls import parameters
from exchange.document import Element
from exchange.order import Target
from exchange.verb import method

if TYPE_CHECKING:
    from exchange.performance.session import Session

_STEPS = 2  # once in the middle of the words, once at their end


def tell(element: Element, session: Session, words: str, *, begins: float, seconds: float) -> None:
    """Sends the words piece by piece as they are spoken, from `begins` seconds from now on."""
    url = element.attributes.get("partialResultCallback")
    if not url or not words:
        return
    target = Target(session.resolve(url), method(element, "partialResultCallbackMethod"))
    pieces = [words[: max(1, len(words) * step // _STEPS)] for step in range(1, _STEPS + 1)]
    work = _send(session, target, pieces, begins, seconds / _STEPS)
    session.leg.life.side_tasks.add(session.board.tasks.spawn(work))


async def _send(session: Session, target: Target, pieces: list[str], begins: float, each: float) -> None:
    board, call = session.board, session.call
    await board.clock.sleep(begins)
    for number, piece in enumerate(pieces):
        await board.clock.sleep(each)
        last = number == len(pieces) - 1
        params = [
            *parameters.of_call(call, board.account),
            ("SequenceNumber", str(number)),
            ("StableSpeechResult", piece if last else ""),
            ("UnstableSpeechResult", "" if last else piece),
            ("Stability", "1.0" if last else "0.5"),
        ]
        board.post.send("gather-partial", call, target, params)
