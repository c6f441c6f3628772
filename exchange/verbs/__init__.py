"""TwiML's verbs, one file each; a verb is added here and nowhere else."""

from __future__ import annotations

from exchange.verbs import (
    dial,
    enqueue,
    gather,
    hangup,
    leave,
    pause,
    pay,
    play,
    record,
    redirect,
    refer,
    reject,
    say,
    sms,
    start,
    stop,
)

VERBS = {
    module.VERB.name: module.VERB
    for module in (
        say,
        play,
        pause,
        gather,
        record,
        dial,
        enqueue,
        leave,
        redirect,
        hangup,
        reject,
        refer,
        pay,
        sms,
        start,
        stop,
    )
}
"""The verbs the exchange performs, by name."""
