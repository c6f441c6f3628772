"""How the parts of one web process are put together, for `serve` and for tests alike."""

from __future__ import annotations

from dialer.carrier import Carrier
from dialer.ending import Book
from ivr.clock import Clock
from ivr.conversation import Conversation
from ivr.desk.hooks import DeskHooks
from ivr.desk.lines import Lines
from ivr.desk.performing import Performing
from ivr.door import Door
from ivr.edge import Edge
from ivr.errands import Errands
from ivr.handoff import Handoff
from ivr.home import Company, Home
from ivr.hotline.limping import Limping
from ivr.hotline.reception import Reception
from ivr.hotline.webhooks import HotlineWebhooks
from ivr.last_word import LastWord
from ivr.settings import Settings
from ivr.signature import SignatureCheck
from ivr.store import Store
from ivr.visits import Visits
from ivr.webhooks import Webhooks
from ledger import Writer


def assemble(settings: Settings, clock: Clock, company: Company, book: Book, writer: Writer) -> Edge:
    """Return the parts; the caller closes the writer, and then the edge."""
    base = settings.signed_url
    store = Store(settings.database, writer)
    carrier = Carrier(settings.account_sid, settings.auth_token, settings.api_base or None, base)
    last_word = LastWord(writer, clock, book, carrier)
    errands = Errands(carrier, last_word.ask)
    conversation = Conversation(writer, clock, company, book, base, errands)
    door = Door(SignatureCheck(settings.auth_token), base)
    lines = Lines(store, clock, conversation, errands, company.numbers[0])
    limping = Limping(
        writer,
        settings.database,
        Home(settings.home).wishes,
        clock.now,
        company=company.name,
        public_url=base,
    )
    reception = Reception(writer, conversation, base)
    return Edge(
        door=door,
        fronts=(
            Webhooks(conversation, door, limping),
            DeskHooks(lines, door, base),
            HotlineWebhooks(reception, door, limping, base),
        ),
        limping=limping,
        store=store,
        clock=clock,
        settings=settings,
        company=company,
        book=book,
        errands=errands,
        conversation=conversation,
        lines=lines,
        visits=Visits(store, clock, conversation, errands, last_word),
        performing=Performing(writer, clock, conversation, Handoff(book, company), errands),
    )
