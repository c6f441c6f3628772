"""Calls that wait in a queue, and those that take them out."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from exchange_studio import XML, Line, Studio, document, person, rule
from exchange_studio import studio as studio

AGENT = "+8613900000001"
WAIT = document("<Pause length='5'/>")


def _waiting(line: Line, enqueue: str = "<Enqueue action='/done' waitUrl='/wait'>desk</Enqueue>", **wanted: Any) -> Any:
    """A call that waits in the queue."""
    line.pages["/voice"] = document(enqueue, "<Say>再见</Say>")
    line.pages.setdefault("/wait", WAIT)
    line.pages.setdefault("/done", document("<Hangup/>"))
    call = line.call(**wanted)
    line.until(lambda: _members(line))
    return call


def _members(line: Line) -> list[Any]:
    return [waiter for queue in line.board.queues.newest() for waiter in queue.waiting]


def _agent(line: Line, dial: str = "<Dial action='/dialled'><Queue>desk</Queue></Dial>") -> Any:
    line.pages["/agent"] = document(dial)
    line.pages.setdefault("/dialled", document("<Hangup/>"))
    return line.call("/agent", to=AGENT)


def _result(line: Line, path: str = "/done") -> dict[str, str]:
    line.until(lambda: line.application.asked(path))
    return line.application.asked(path)[0].form


def test_a_queue_is_made_when_a_call_wants_to_wait_in_it(studio: Studio) -> None:
    line = studio()
    _waiting(line)
    (queue,) = line.board.queues.newest()
    assert (queue.name, queue.limit, len(queue.waiting)) == ("desk", 1000, 1)


def test_who_waits_is_asked_for_again_and_told_the_truth_each_time(studio: Studio) -> None:
    line = studio()
    _waiting(line)
    line.call()
    line.until(lambda: len(line.application.asked("/wait")) >= 6)
    line.until(lambda: any(seen.form["QueuePosition"] == "2" for seen in line.application.asked("/wait")))
    first = line.application.asked("/wait")[0].form
    assert (first["QueuePosition"], first["CurrentQueueSize"], first["MaxQueueSize"]) == ("1", "1", "1000")
    later = line.application.asked("/wait")[-1].form
    assert later["CurrentQueueSize"] == "2"
    assert int(later["QueueTime"]) >= 5
    assert later["QueueSid"] == next(line.board.queues.newest()).sid


def test_an_agent_takes_the_call_that_waits_longest_and_both_learn_how_it_went(studio: Studio) -> None:
    line = studio(personas=[person(talks=(20.0, 20.0))])
    call = _waiting(line)
    agent = _agent(line)
    form = _result(line)
    assert (form["QueueResult"], form["CallSid"]) == ("bridged", call.sid)
    dialled = _result(line, "/dialled")
    assert dialled["DialCallStatus"] == "completed"
    assert dialled["DialBridged"] == "true"
    assert dialled["DequeuedCallSid"] == call.sid
    assert dialled["QueueSid"] == form["QueueSid"]
    assert dialled["CallSid"] == agent.sid
