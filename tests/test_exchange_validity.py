"""TwiML's grammar: everything Twilio's schema and library know is known, and what is wrong has its code."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from exchange_studio import Studio, document
from exchange_studio import studio as studio
from twilio.twiml import TwiML
from twilio.twiml import voice_response as sdk

from exchange.document import Element, parse
from exchange.verbs import VERBS
from exchange.verbs.schema import TWIML
from exchange.verbs.validity import Fault, faults

# Names, attributes and nesting of Twilio's TwiML schema (XSD, 2010-04-01), which is older than some verbs.
SCHEMA = json.loads((Path(__file__).parent / "data" / "twiml_schema_extract.json").read_text("utf-8"))
NOUNS_THE_SDK_PUTS_AT_THE_TOP = {"Prompt", "Queue"}


def _faults(inside: str, root: str = "<Response>") -> list[Fault]:
    found = faults(parse(f"{root}{inside}</Response>"))
    return [fault for fault in found if fault.code != 13750]


def _codes(inside: str) -> list[int]:
    return [fault.code for fault in _faults(inside)]


@pytest.mark.parametrize("name", sorted(SCHEMA))
def test_everything_the_schema_knows_is_known(name: str) -> None:
    grammar, known = TWIML[name], SCHEMA[name]
    if grammar.anything or name == "Start":  # the schema lets anything be inside; the documentation does not
        return
    assert set(known["attributes"]) <= set(grammar.attributes)
    assert set(known["holds"]) <= set(grammar.holds)
    assert grammar.words or not known["words"] or name in {"Echo"}


@pytest.mark.parametrize("name", sorted(SCHEMA))
def test_numbers_of_the_schema_are_numbers_here(name: str) -> None:
    for attribute, kind in SCHEMA[name]["attributes"].items():
        pattern = TWIML[name].attributes[attribute].pattern if not TWIML[name].anything else re.compile(".*")
        assert pattern.fullmatch("3") or kind != "whole"
        assert kind != "whole" or TWIML[name].anything or not pattern.fullmatch("three")


def _written() -> dict[str, tuple[set[str], set[str]]]:
    """Every element Twilio's library can write, with its attributes and what it can hold."""
    written: dict[str, tuple[set[str], set[str]]] = {}
    waiting: list[TwiML] = [sdk.VoiceResponse()]
    while waiting:
        parent = waiting.pop()
        attributes, holds = written.setdefault(parent.name, (set(), set()))
        attributes |= set(parent.xml().attrib)
        for name, method in inspect.getmembers(type(parent), inspect.isfunction):
            if name.startswith("_") or name not in vars(type(parent)):
                continue
            wanted = [key for key in inspect.signature(method).parameters if key not in ("self", "kwargs")]
            child = getattr(parent, name)(**dict.fromkeys(wanted, "1"))
            holds.add(child.name)
            if child.name not in written or set(child.xml().attrib) - written[child.name][0]:
                waiting.append(child)
    return written


WRITTEN = _written()


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_everything_twilios_library_writes_is_known(name: str) -> None:
    attributes, holds = WRITTEN[name]
    if name == "Response":
        holds -= NOUNS_THE_SDK_PUTS_AT_THE_TOP
    assert holds <= set(TWIML[name].holds)
    assert {key for key in attributes if not key.startswith("xml:")} <= set(TWIML[name].attributes)


@pytest.mark.parametrize("name", sorted(TWIML))
def test_every_element_is_reached_from_the_root(name: str) -> None:
    reached, waiting = set[str](), ["Response"]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += TWIML[one].holds
    assert name in reached


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_verb_that_is_performed_stands_in_the_table(name: str) -> None:
    assert name in TWIML


FINE = [
    "<Say voice='Polly.Zhiyu-Neural' loop='0'>您好<break time='1s'/><p><s>再见</s></p></Say>",
    "<Say><amazon:effect name='x'>轻声</amazon:effect><say-as interpret-as='date'>1</say-as></Say>",
    "<Say><prosody rate='85%' pitch='+5%' volume='loud'>您好</prosody><lang xml:lang='en'>hi</lang></Say>",
    "<Gather input='dtmf speech' timeout='3' speechTimeout='auto' finishOnKey=''><Pause/></Gather>",
    "<Gather input='speech dtmf' bargeIn='False' hints='a, b' method='get'/>",
    "<Record trim='do-not-trim' maxLength='30' finishOnKey='#' playBeep='true' transcribe='true'/>",
    "<Dial callerId='+1' timeout='20' record='record-from-answer-dual'>+8613812345678</Dial>",
    "<Dial><Number url='/w' statusCallbackEvent='initiated answered' sendDigits='w1'>+86</Number></Dial>",
    "<Dial><Client><Identity>anna</Identity><Parameter name='a' value='b'/></Client></Dial>",
    "<Dial><Conference beep='onEnter' muted='true' statusCallbackEvent='start join'>R</Conference></Dial>",
    "<Dial><Sip username='a'>sip:a@b<Headers><Header name='x' value='y'/></Headers></Sip></Dial>",
    "<Enqueue waitUrl='/w' maxQueueSize='5'>support<Task priority='1'>{}</Task></Enqueue>",
    "<Reject reason='busy'/>",
    "<Redirect method='POST'>/next</Redirect>",
    "<Play digits='ww12#'/><Play loop='2'>/a.wav</Play><Leave/><Hangup/>",
    "<Pay chargeAmount='20.45' tokenType='one-time'><Prompt for='security-code'><Say>请</Say></Prompt></Pay>",
    "<Start><Stream url='wss://a/b' track='both_tracks'><Parameter name='a' value='b'/></Stream></Start>",
    "<Connect><ConversationRelay url='wss://a'><Language code='zh-CN'/></ConversationRelay></Connect>",
]


@pytest.mark.parametrize("inside", FINE)
def test_good_documents_have_no_faults(inside: str) -> None:
    assert _faults(inside) == []


WRONG = [
    ("<Sing/>", [12200]),
    ("<say>您好</say>", [12200]),
    ("<Stream url='wss://a'/>", [12200]),
    ("<Prompt/>", [12200]),
    ("<Siprec/>", [12200]),
    ("<Application/>", [12200]),
    ("<amazon:effect/>", [12200]),
    ("words", [12200]),
    ("<Hangup>words</Hangup>", [12200]),
    ("<Hangup><Say>您好</Say></Hangup>", [12200]),
    ("<Say colour='red'>您好</Say>", [12200]),
    ("<Say Voice='man'>您好</Say>", [12200]),
    ("<Say><Play>/a</Play></Say>", [12200]),
    ("<Say/>", [13520]),
    (f"<Say>{'长' * 4097}</Say>", [13521]),
    ("<Say loop='two'>您好</Say>", [13510]),
    ("<Say loop='-1'>您好</Say>", [13510]),
    ("<Say><break time='soon' strength='very'/>您好</Say>", [12200, 12200]),
    ("<Say><sub>RMB</sub></Say>", [12200]),
    ("<Play loop='x'>/a.wav</Play>", [13410]),
    ("<Play digits='12x'/>", [13430]),
    ("<Pause length='1.5'/>", [13910]),
    ("<Gather timeout='-1' numDigits='0' method='PUT'/>", [13313, 13314, 13312]),
    ("<Gather input='eyes' finishOnKey='x' speechTimeout='never'/>", [13326, 13310, 13327]),
    ("<Gather bargeIn='yes' profanityFilter='1' actionOnEmptyResult=''/>", [13332, 13333, 13338]),
    ("<Gather><Redirect>/a</Redirect></Gather>", [13320]),
    ("<Gather><Say loop='x'>您好</Say></Gather>", [13510]),
    ("<Record timeout='x' maxLength='0' method='PUT'/>", [13611, 13612, 13610]),
    ("<Record finishOnKey='x' transcribe='x' playBeep='x' trim='x'/>", [13613, 13614, 13616, 13699]),
    ("<Record recordingStatusCallbackEvent='started'/>", [13621]),
    ("<Redirect method='PUT'>/a</Redirect>", [13710]),
    ("<Reject reason='tired'/>", [13810]),
    ("<Dial timeout='x' timeLimit='0' hangupOnStar='x'>1</Dial>", [13212, 13216, 13213]),
    ("<Dial record='x' sequential='x' answerOnBridge='x' ringTone='x'/>", [13217, 13218, 13219, 13220]),
    ("<Dial><Say>您好</Say></Dial>", [13215]),
    ("<Dial><Number method='x' sendDigits='x'>1</Number></Dial>", [13221, 13222]),
    ("<Dial><Number statusCallbackEvent='initiated sleeping'>1</Number></Dial>", [12200]),
    ("<Dial><Conference muted='x' beep='x' waitMethod='x'>R</Conference></Dial>", [13230, 13235, 13234]),
    ("<Dial><Conference startConferenceOnEnter='x' endConferenceOnExit='x' trim='x'>R</Conference></Dial>",
     [13232, 13231, 13239]),
    ("<Dial><Conference statusCallbackEvent='x'>R</Conference></Dial>", [16002]),
    ("<Dial><Sip method='x' sendDigits='x'>sip:a@b</Sip></Dial>", [13241, 13242]),
    ("<Dial><Client><Parameter name='a'/></Client></Dial>", [12200]),
    ("<Enqueue method='x' waitUrlMethod='x'>a</Enqueue>", [14201, 14206]),
    ("<Start><Say>您好</Say></Start>", [14300]),
    ("<Stop><Room/></Stop>", [14300]),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "codes"), WRONG, ids=[inside[:60] for inside, _ in WRONG])
def test_what_is_wrong_has_its_code(inside: str, codes: list[int]) -> None:
    assert sorted(_codes(inside)) == sorted(codes)


def test_the_warning_says_what_would_be_right() -> None:
    (fault,) = _faults("<Gather><Redirect/></Gather>")
    assert fault.text == (
        "<Gather>: invalid content was found starting with element 'Redirect'. "
        "One of '{Say, Play, Pause}' is expected."
    )
    assert "is wanted" in _faults("<Record trim='x'/>")[0].text


@pytest.mark.parametrize(
    ("inside", "level"),
    [("<Sing/>", "warning"), ("<Say loop='x'>a</Say>", "warning"), ("<Start><Say>a</Say></Start>", "error")],
)
def test_a_fault_has_the_level_of_twilios_dictionary(inside: str, level: str) -> None:
    assert [fault.level for fault in _faults(inside)] == [level]


def test_attributes_of_other_namespaces_are_let_be() -> None:
    root = "<Response xmlns='http://x' xmlns:xsi='http://y' xsi:noNamespaceSchemaLocation='z' version='1'>"
    assert _faults("<Say xml:lang='zh'>您好</Say>", root) == []


def test_what_is_twiml_but_not_performed_is_an_error_once() -> None:
    found = list(faults(parse("<Response><Connect><Stream url='wss://a'/></Connect></Response>")))
    assert [(fault.code, fault.level) for fault in found] == [(13750, "error")]


def test_a_bad_value_counts_as_not_given(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Pause length='long'/>", "<Redirect method='PUT'>/end</Redirect>")
    line.pages["/end"] = document("<Hangup/>")
    call = line.talk()
    assert line.codes() == [13910, 13710]
    assert line.application.asked("/end")[0].method == "POST"
    assert call.status == "completed"


def test_a_document_is_checked_when_it_arrives_even_where_it_is_never_performed(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>", "<Sing/>")
    line.talk()
    assert line.codes() == [12200]


def test_a_deep_document_is_looked_into_all_the_way() -> None:
    deep = Element("Say", {}, ["words"])
    for _ in range(40):
        deep = Element("Say", {}, [Element("emphasis", {"level": "x"}, deep.content)])
    assert len(list(faults(Element("Response", {}, [deep])))) == 40
