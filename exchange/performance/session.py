"""One answered call: documents are fetched and performed until one ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from exchange.calls import parameters
from exchange.calls.leg import Leg
from exchange.document import Element, parse
from exchange.errors import DocumentError, WebhookError
from exchange.log import NOWHERE
from exchange.order import LONGEST, Target
from exchange.people.person import FarSide, Person
from exchange.sound.clip import Clip
from exchange.sound.line import Key, Moved, Words
from exchange.sound.sounding import Sound
from exchange.sound.tape import CUSTOMER, ROBOT
from exchange.verb import End, Goto, Leave, Next, Verb
from exchange.verbs import VERBS
from exchange.verbs.collecting import Collected
from exchange.verbs.validity import faults
from exchange.web.errand import Errand
from exchange.web.reply import Reply, response_of
from exchange.web.webhook import Params
from exchange.within import Within

APPLICATION_ERROR = "We're sorry. An application error has occurred. Goodbye."
"""What is said when neither the document nor its fallback can be had."""

_TURN_SECONDS = 15.0  # Twilio: how long a webhook of a call may take

IDLE_DOCUMENTS = 100
"""So many documents in a row that take no time on the line are a loop, which ends the call (error 14106)."""

_RESCUE_WEIGHT = 10  # each one that only the fallback replaced counts for ten


class Session:
    """The conversation of one call with the application; `answer` picks up before the first verb."""

    def __init__(self, leg: Leg, answer: Callable[[], None], within: Within | None = None) -> None:
        self.leg, self.board, self.call = leg, leg.board, leg.call
        self._life, self._line, self._answer, self._within = leg.life, leg.life.line, answer, within
        self._url: str | None = None
        self._visit = NOWHERE
        self._rescued = False

    @property
    def listener(self) -> FarSide:
        """Who is at the far end."""
        assert self._life.listener is not None, "nobody picked up"
        return self._life.listener

    @property
    def _strict(self) -> bool:
        return self._within is not None and self._within.strict

    def fork(self, leg: Leg, within: Within | None) -> Session:
        """A performance on the line of another leg, which is answered already."""
        return Session(leg, _nothing, within)

    def pick_up(self) -> None:
        """Answers the call if it still rings."""
        self._answer()

    async def to_the_end(self, first: Goto) -> str:
        """Performs documents until the call is over; gives the status it ends with."""
        ending = await self.run(first)
        return ending.status if isinstance(ending, End) else "completed"

    async def begin(self, document: Target) -> End | Leave | None:
        """Performs this document and those that follow it."""
        return await self.run(Goto(document))

    async def run(self, first: Goto) -> End | Leave | None:
        """Goes from document to document until one ends the call, or runs out (nothing)."""
        step: Next = first
        idle = 0
        while isinstance(step, Goto):
            self._line.rested = False
            step = await self._step(step)
            idle = 0 if self._line.rested else idle + (_RESCUE_WEIGHT if self._rescued else 1)
            if idle >= IDLE_DOCUMENTS and isinstance(step, Goto):
                self.notify(14106, "the documents go round in circles: they end here")
                step = None if self._strict else await self._perform(_apology())
        return step

    async def _step(self, step: Goto) -> Next:
        try:
            response = await self.fetch(step)
            return await self._perform(response)
        except Moved as moved:
            if self._within is not None:
                raise
            return Goto(moved.document)

    async def fetch(self, step: Goto) -> Element:
        """The document to go on with: the one asked for, its fallback, or the recorded apology."""
        self._rescued = False
        try:
            return await self._load(step)
        except (WebhookError, DocumentError) as error:
            return await self._fall_back(error, step.document)

    async def _load(self, step: Goto) -> Element:
        self._line.check()
        if isinstance(step.document, str):
            self._url, self._visit = None, NOWHERE
            return self._checked(parse(step.document))
        params = parameters.of_call(self.call, self.board.account)
        params += step.params
        if self._within is not None:
            params += self._within.params()
        reply = await self._turn(step.document, params)
        self._line.check()
        self._url, self._visit = reply.url, reply.visit
        return self._checked(response_of(reply, alone=self._within is None))

    def _checked(self, response: Element) -> Element:
        for fault in faults(response):
            self.notify(fault.code, fault.text, level=fault.level)
        return response

    async def _turn(self, target: Target, params: Params) -> Reply:
        """Asks for a document, with the faults that were asked for."""
        kind = "turn" if self._within is None else self._within.kind
        fate = self.board.plan.faults.delivery(kind, self.call.sid, self.call.order.to)
        self.board.post.note(fate, kind, self.call.sid, target)
        if fate.delay:
            await self._line.wait(min(fate.delay, _TURN_SECONDS))
        if fate.copies == 0:
            await self._line.wait(_TURN_SECONDS)
            raise WebhookError(11200, target.url, "no answer in time")
        errand = Errand(self.call.sid, kind, fate)
        reply = await self._request(target, params, errand)
        if fate.copies > 1:
            await self._request(target, params, errand)
        return reply

    async def _request(self, target: Target, params: Params, errand: Errand) -> Reply:
        request = self.board.webhooks.request(target, params, self._life.cookies, errand=errand)
        if self._within is None:
            return await request
        # Who waits may be summoned meanwhile; the time limit is the request's own, which counts real seconds.
        reply = await self._line.during(request, LONGEST)
        if reply is None:
            raise WebhookError(11200, target.url, "no answer in time")
        return reply

    async def _fall_back(self, error: WebhookError | DocumentError, document: Target | str) -> Element:
        url = document.url if isinstance(document, Target) else ""
        self._note(error, url)
        if self._strict:
            raise error
        fallback = self.call.order.fallback
        if fallback is None or self._rescued:
            return _apology()
        self._rescued = True
        params = (("ErrorCode", str(error.code)), ("ErrorUrl", url))
        try:
            return await self._load(Goto(fallback, params))
        except (WebhookError, DocumentError) as second:
            self._note(second, fallback.url)
            return _apology()

    def _note(self, error: WebhookError | DocumentError, url: str) -> None:
        visit = error.visit if isinstance(error, WebhookError) else self._visit
        self.board.notify(self.call.sid, error.code, str(error), url=url, visit=visit)

    async def _perform(self, response: Element) -> Next:
        for element in response.children():
            self._line.check()
            verb = self._verb(element.name)
            if verb is None:
                continue
            self.note("verb", verb=verb.name, attributes=element.attributes, document=self._url or "")
            if verb.answers(element):
                self._answer()
            try:
                following: Next = await verb.perform(element, self)
            except DocumentError as error:
                document = Target(self._url) if self._url else ""
                return await self._perform(await self._fall_back(error, document))
            if following is not None:
                return following
        self._answer()
        return None

    def _verb(self, name: str) -> Verb | None:
        verb = VERBS.get(name)
        if verb is not None and self._within is not None and name not in self._within.verbs:
            self.notify(self._within.code, f"<{name}> is not allowed {self._within.place}")
            return None
        return verb

    def resolve(self, url: str) -> str:
        """The URL read against the present document's; error 11100 for a relative one without a document."""
        url = url.strip()
        if self._url is None and not url.startswith(("http://", "https://")):
            raise DocumentError(11100, "an inline document needs absolute URLs")
        try:
            return urljoin(self._url or "", url)
        except ValueError as error:
            raise DocumentError(11100, "a URL in the document is not usable") from error

    def notify(self, code: int, message: str, url: str = "", *, level: str = "error") -> None:
        """Keeps what went wrong."""
        url = url or self._url or ""
        self.board.notify(self.call.sid, code, message, url=url, level=level, visit=self._visit)

    def note(self, kind: str, **facts: object) -> None:
        """Enters what happens in the trace of the call."""
        self.board.journal.note(self.call.sid, kind, **facts)

    async def fetch_sound(self, target: Target, limit: int) -> Reply:
        """A file to be played."""
        errand = Errand(self.call.sid, "sound")
        return await self.board.webhooks.request(target, (), self._life.cookies, limit=limit, errand=errand)

    async def play(self, sounds: Sequence[Sound]) -> None:
        """Plays the sounds to their end, one after the other."""
        for sound in sounds:
            sounding = self._line.sound(ROBOT, sound.clip, sound.words)
            live = isinstance(self._life.listener, Person)
            if sound.words and live:
                self.listener.hear(sound.words)
            try:
                await self._line.wait(sound.clip.seconds)
            finally:
                sounding.cut(self.board.clock.time())
            if sound.words and not live:
                self.listener.hear(sound.words)

    async def converse(
        self, prompt: Sequence[Sound], collected: Collected, answer: Clip
    ) -> Key | Words | None:
        """Plays a prompt and its answer as worked out; both are cut where the call is interrupted.

        Gives what somebody did who took the simulated person's place meanwhile.
        """
        self._line.forget_events()
        for sound in prompt:
            if sound.words:
                self.note("hears", words=sound.words)
        began = self.board.clock.time()
        try:
            if (event := await self._line.act(collected.ends)) is None:
                self._note_answer(collected)
            return event
        finally:
            passed = min(self.board.clock.time() - began, collected.ends)
            self._lay(prompt, began, min(passed, collected.stops))
            if collected.begins is not None and passed > collected.begins:
                moment, seconds = began + collected.begins, passed - collected.begins
                self._line.play(CUSTOMER, moment, answer, seconds, collected.words)

    def _note_answer(self, collected: Collected) -> None:
        if collected.digits or collected.finished_on:
            self.note("presses", keys=collected.digits + collected.finished_on)
        if collected.hangs_up:
            self.note("hangs-up")

    def _lay(self, sounds: Sequence[Sound], began: float, seconds: float) -> None:
        moment = 0.0
        for sound in sounds:
            self._line.play(ROBOT, began + moment, sound.clip, min(sound.clip.seconds, seconds - moment))
            moment += sound.clip.seconds
            if moment >= seconds:
                return


def _nothing() -> None:
    """There is nothing to be done."""


def _apology() -> Element:
    return Element("Response", {}, [Element("Say", {}, [APPLICATION_ERROR]), Element("Hangup", {})])
