"""What is said, as TwiML: valid by Twilio's schema, escaped, and no key cuts a mandatory statement short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.twiml import HEARING, LANGUAGE, SLOW, VOICE, nothing, recorded, render, sentence
from scripts.load import library
from scripts.model import COMMON, Kind, Script
from scripts.values import Performer, Said, Turn, Wait
from tests.scripts_facts import of_case
from tests.scripts_walk import walk

DATA = Path(__file__).parent / "data" / "twiml"
SCHEMA = "twiml_v20100401_twilioRealtimeCallSchema.xsd"
OLD_VOICES, VOICES = r"Polly\.[a-zA-Z]+", r"Polly\.[a-zA-Z]+(-Neural|-Generative)?"
"""The schema is older than the neural voices: https://www.twilio.com/docs/voice/twiml/say/text-speech"""
LARGEST_DOCUMENT, LONGEST_TEXT = 64 * 1024, 4096
ACTION = "https://calls.example.com/huifang/calls/7/turns/4"
GOLDEN = Path(__file__).parent / "golden"
SCRIPT = library()["new-contract"]
ASKED = Wait(1, 5, ("是的", "不是"))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """Twilio's schema with today's voices, and a file in place of its one address on the net."""
    folder = tmp_path_factory.mktemp("schema")
    for path in DATA.glob("*.xsd"):
        text = path.read_text(encoding="iso-8859-1").replace("http://www.w3.org/2001/xml.xsd", "xml.xsd")
        (folder / path.name).write_text(text.replace(OLD_VOICES, VOICES), encoding="iso-8859-1")
    return etree.XMLSchema(etree.parse(folder / SCHEMA, etree.XMLParser(no_network=True)))


def said(script: Script, step: str, part: str, value: str = "三千元", *, slow: bool = False) -> Said:
    return Said(step, part, tuple(value for _ in script.text(step, part).names), slow)


def parsed(document: str) -> etree._Element:
    return etree.fromstring(document.encode())


def turns(script: Script) -> Iterator[Turn]:
    """Every turn of a script's golden cases but two sorts: where a person is waited for the words lead on to
    the queue, and a message is recorded."""
    for path in sorted((GOLDEN / script.name).glob("*.json")):
        yield from turns_of(script, json.loads(path.read_text(encoding="utf-8")))


def turns_of(script: Script, case: dict[str, Any]) -> Iterator[Turn]:
    performer = Performer(case.get("performer", "robot"))
    facts, resume = of_case(script, case["facts"], case.get("but", {})), None
    for inputs in case["calls"]:
        for turn in walk(script, facts, inputs, performer=performer, resume=resume):
            resume = turn.progress
            if turn.wait is None or script.step(resume.step).kind not in (Kind.TRANSFER, Kind.MESSAGE):
                yield turn


@pytest.mark.parametrize("name", library())
@pytest.mark.parametrize("slow", [False, True], ids=["", "slow"])
def test_every_text_is_valid_twiml_and_short_enough(
    schema: etree.XMLSchema, name: str, *, slow: bool
) -> None:
    script = library()[name]
    for step, part in script.texts:
        one = said(script, step, part, slow=slow)
        for wait in (None, ASKED) if step != COMMON else (None,):
            document = render(script, (one,), wait, ACTION)
            schema.assertValid(parsed(document))
            spoken = "".join(parsed(document).itertext())
            assert spoken == script.text(step, part).spoken(one.values)
            assert len(document.encode()) < LARGEST_DOCUMENT
            assert len(spoken) < LONGEST_TEXT


@pytest.mark.parametrize("name", library())
def test_every_turn_of_a_golden_call_is_valid_twiml(schema: etree.XMLSchema, name: str) -> None:
    script = library()[name]
    for turn in turns(script):
        document = render(script, turn.say, turn.wait, ACTION)
        tree = parsed(document)
        schema.assertValid(tree)
        assert len(document.encode()) < 4000
        assert (tree.find("Gather") is None) == (turn.wait is None) == (tree.find("Hangup") is not None)
        words = "".join(script.text(one.step, one.part).spoken(one.values) for one in turn.say)
        assert "".join(tree.itertext()) == words


def test_a_message_is_recorded_after_its_words_and_who_says_nothing_goes_on(schema: etree.XMLSchema) -> None:
    one = said(library()["hotline"], "closed", "say", slow=False)
    tree = parsed(recorded(render(library()["hotline"], (one,), Wait(record=90), ACTION), ACTION))
    assert [verb.tag for verb in tree] == ["Start", "Say", "Record", "Redirect"]
    assert (tree[2].get("maxLength"), tree[2].get("action"), tree[3].text) == ("90", ACTION, ACTION)
    tree.remove(tree[0])  # Twilio's schema is older than its Recording
    schema.assertValid(tree)


@pytest.mark.parametrize("name", library())
def test_a_key_cuts_no_mandatory_statement_short(name: str) -> None:
    script = library()[name]
    for turn in turns(script):
        if turn.wait is None:
            continue
        tree = parsed(render(script, turn.say, turn.wait, ACTION))
        inside = "".join(tree.find("Gather").itertext())
        last = turn.say[-1]
        text, step = script.text(last.step, last.part), script.step(last.step)
        if step.mandatory:
            told = text.statement
            values = last.values[len(told.names) if told else 0 :]
            assert inside == (text.question.spoken(values) if text.question else "")
        else:
            assert inside == text.spoken(last.values)


def test_a_statement_stands_before_the_gather_and_its_question_within() -> None:
    document = render(SCRIPT, (said(SCRIPT, "surrender_loss", "say"),), ASKED, ACTION)
    statement, gather = parsed(document)
    assert (statement.tag, gather.tag) == ("Say", "Gather")
    assert "？" not in statement.text
    assert "？" in "".join(gather.itertext())


def test_the_document_is_what_twilios_library_would_write() -> None:
    names = SCRIPT.text("surrender_loss", "say")
    assert names.statement is not None
    assert names.question is not None
    for slow in (False, True):
        response = VoiceResponse()
        gather = Gather(
            input="dtmf speech",
            action=ACTION,
            method="POST",
            timeout=5,
            speech_timeout="auto",
            language=HEARING,
            action_on_empty_result=True,
            hints="是的,不是",
            num_digits=1,
            finish_on_key="",
        )
        for verb, text in ((response, names.statement), (gather, names.question)):
            words = text.spoken(tuple("三千元" for _ in text.names))
            say = verb.say(None if slow else words, voice=VOICE, language=LANGUAGE)
            if slow:
                say.prosody(words, rate=SLOW)
        response.append(gather)
        ours = render(SCRIPT, (said(SCRIPT, "surrender_loss", "say", slow=slow),), ASKED, ACTION)
        assert etree.canonicalize(ours) == etree.canonicalize(str(response))


@pytest.mark.parametrize("digits", [1, 4, None])
def test_the_gather_takes_keys_and_speech_and_always_comes_back(digits: int | None) -> None:
    wait = Wait(digits, 7, ("清楚", "不清楚"))
    gather = parsed(render(SCRIPT, (said(SCRIPT, "open", "say"),), wait, ACTION)).find("Gather")
    ending = {"numDigits": str(digits), "finishOnKey": ""} if digits else {"finishOnKey": "#"}
    assert dict(gather.attrib) == {
        "input": "dtmf speech",
        "action": ACTION,
        "method": "POST",
        "timeout": "7",
        "speechTimeout": "auto",
        "language": "cmn-Hans-CN",
        "actionOnEmptyResult": "true",
        "hints": "清楚,不清楚",
        **ending,
    }


def test_slowly_is_four_fifths_of_the_pace() -> None:
    tree = parsed(render(SCRIPT, (said(SCRIPT, "open", "say", slow=True),), None, ACTION))
    assert [one.get("rate") for one in tree.iter("prosody")] == ["80%"]
    assert tree.find("Say").get("voice") == "Polly.Zhiyu-Neural"
    assert tree.find("Say").get("language") == "cmn-CN"


WITH_NAME = next(key for key, text in SCRIPT.texts.items() if text.names and key[0] != COMMON)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.booleans())
@settings(max_examples=100, deadline=None)
def test_whatever_a_value_holds_is_spoken_and_is_no_markup(value: str, slow: bool) -> None:
    one = said(SCRIPT, *WITH_NAME, value, slow=slow)
    document = render(SCRIPT, (one,), ASKED, ACTION)
    tree = parsed(document)
    assert {element.tag for element in tree.iter()} <= {"Response", "Say", "Gather", "prosody"}
    lawful = "".join(c for c in value if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    heard = lawful.replace("\r\n", "\n").replace("\r", "\n")
    spoken = SCRIPT.text(*WITH_NAME).spoken(tuple(heard for _ in one.values))
    assert "".join(tree.itertext()) == spoken


@pytest.mark.parametrize("value", ["<Hangup/>", "A&B", "”“'\"", "]]>", "<!--", "&lt;", "\x00\x07王"])
def test_marks_in_a_name_are_escaped(schema: etree.XMLSchema, value: str) -> None:
    document = render(SCRIPT, (said(SCRIPT, *WITH_NAME, value),), ASKED, ACTION)
    schema.assertValid(parsed(document))
    assert parsed(document).find(".//Hangup") is None


def test_an_action_with_marks_is_escaped() -> None:
    action = 'https://x.example/a"b&c=<1>'
    tree = parsed(render(SCRIPT, (said(SCRIPT, "open", "say"),), ASKED, action))
    assert tree.find("Gather").get("action") == action


def test_the_sentence_of_an_error_is_said_before_hanging_up(schema: etree.XMLSchema) -> None:
    tree = parsed(sentence("抱歉 <&>，再见。"))
    schema.assertValid(tree)
    assert [verb.tag for verb in tree] == ["Say", "Hangup"]
    assert tree.find("Say").text == "抱歉 <&>，再见。"


def test_nothing_is_only_a_hangup(schema: etree.XMLSchema) -> None:
    schema.assertValid(parsed(nothing()))
    assert [verb.tag for verb in parsed(nothing())] == ["Hangup"]


def test_the_schema_knows_a_document_that_is_wrong(schema: etree.XMLSchema) -> None:
    assert not schema.validate(parsed("<Response><Gather><Hangup/></Gather></Response>"))
    assert not schema.validate(parsed('<Response><Say voice="nobody">x</Say></Response>'))
