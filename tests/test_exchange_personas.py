"""Simulated customers: who they are, what they answer, and what a broken file says."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_studio import Line, Studio, document, person, rule
from exchange_studio import studio as studio

from exchange.errors import SettingError
from exchange.people import persona_file
from exchange.people.customer import Customer, Response, Wants
from exchange.people.persona import Persona, Town

BOTH, KEYS, SPEECH = (
    Wants(keys=True, speech=True),
    Wants(keys=True, speech=False),
    Wants(keys=False, speech=True),
)
NUMBERS = [f"+86138{place:08d}" for place in range(2000)]
SHIPPED = persona_file.personas(persona_file.SHIPPED)
FACTS = {"id_tail": "123X", "birthday": "0809"}


def _town(seed: int = 0, personas: tuple[Persona, ...] = SHIPPED) -> Town:
    return Town(personas, {}, seed)


def _customer(*rules: object, **traits: object) -> Customer:
    return Customer(person(*rules, **traits), FACTS, random.Random(1))  # type: ignore[arg-type]


def _shipped(name: str, attempt: int = 0) -> Customer:
    persona = next(persona for persona in SHIPPED if persona.name == name)
    return Customer(persona, FACTS, random.Random(3), attempt=attempt)


def _answer(customer: Customer, words: str, wants: Wants = KEYS) -> Response:
    customer.hear(words)
    return customer.respond(wants)


def test_the_same_seed_gives_every_number_the_same_persona() -> None:
    backwards = [_town(5).at(number) for number in reversed(NUMBERS)]
    assert [_town(5).at(number) for number in NUMBERS] == backwards[::-1]


def test_another_seed_mixes_them_anew() -> None:
    assert [_town(5).at(number).name for number in NUMBERS] != [
        _town(6).at(number).name for number in NUMBERS
    ]


def test_the_weights_are_kept() -> None:
    names = [_town().at(number).name for number in NUMBERS]
    total = sum(persona.weight for persona in SHIPPED)
    for persona in SHIPPED:
        share = names.count(persona.name) / len(names)
        assert abs(share - persona.weight / total) < 0.04, persona.name


def test_every_kind_of_customer_is_shipped() -> None:
    assert [persona.name for persona in SHIPPED] == [
        *("agrees", "hesitates", "doubts", "silent", "wrong_person", "third_party", "busy_now", "refuses"),
        *("angry", "hangs_up", "machine", "busy_line", "no_answer", "never_there", "no_such_number", "agent"),
    ]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("您好，请问是王女士吗？", "1"),
        ("您现在方便吗？", "1"),
        (
            "为了保护您的信息，先核对身份。请说出或者输入身份证号码的最后四位，末位是字母的，请按星号。",
            "123*",
        ),
        ("刚才没对上。请再告诉我您的出生月份和日期，比如五月六日，就按零五零六。", "0809"),
        ("这份保险保哪些事情，您清楚吗？", "1"),
        ("办理的时候，有没有人许诺过合同以外的好处，像返钱、送礼，或者保证收益？", "2"),
        ("有没有人教您今天怎么回答？", "2"),
        ("您的手机尾号五六七八，住在海淀区。这些有变化吗？", "2"),
        ("关于这份保险，您还有想问的吗？", "2"),
        ("现场有人受伤吗？", "2"),
        ("报案后十分钟之内，查勘员给您打过电话吗？", "1"),
        ("您是清楚，还是还不太清楚？", "1"),
    ],
)
def test_an_honest_customer_answers_what_is_true(words: str, keys: str) -> None:
    assert _answer(_shipped("agrees"), words).keys == keys


def test_a_person_listens_to_everything_since_the_last_answer() -> None:
    customer = _customer(rule("返钱.*还有", keys="5"), rule("", keys="1"))
    customer.hear("有没有人返钱？")
    customer.hear("还有吗？")
    assert customer.respond(KEYS).keys == "5"
    assert customer.respond(KEYS).keys == "1"


def test_rules_are_tried_in_order_and_may_be_used_up() -> None:
    customer = _customer(rule("x", keys="1", times=1), rule("x", keys="2", times=1), rule("", keys="3"))
    assert [_answer(customer, "x").keys for _ in range(3)] == ["1", "2", "3"]


def test_rules_may_be_for_the_first_attempts_only() -> None:
    words = "您现在方便吗？"
    assert _answer(_shipped("busy_now"), words).keys == "2"
    assert _answer(_shipped("busy_now", attempt=1), words).keys == "1"


def test_somebody_without_a_fitting_rule_is_silent() -> None:
    assert _answer(_customer(rule("never", keys="1")), "words") == Response()


def test_chances_follow_the_seed() -> None:
    def answers(seed: int) -> list[str]:
        customer = Customer(person(rule("", keys=("1", "2", "3"))), {}, random.Random(seed))
        return [_answer(customer, "x").keys for _ in range(20)]

    assert answers(1) == answers(1)
    assert answers(1) != answers(2)


def test_what_is_not_known_is_not_known() -> None:
    customer = Customer(person(rule("", keys="{id_tail}", say="{id_tail}")), {}, random.Random(0))
    assert _answer(customer, "最后四位", BOTH) == Response(words="不知道", after=1.0)


def test_words_come_where_keys_are_not_taken() -> None:
    assert _answer(_customer(rule("", keys="1", say="是")), "x", SPEECH).words == "是"


def test_somebody_hangs_up_after_so_many_answers() -> None:
    customer = _customer(rule("", keys="1"), hangs_up_after_answers=2)
    assert [_answer(customer, "x").hangs_up for _ in range(3)] == [False, False, True]


def _asked(line: Line) -> list[str | None]:
    line.pages["/voice"] = document("<Gather numDigits='1' timeout='3'><Say>您清楚吗？</Say></Gather>")
    line.talk()
    return [seen.form.get("Digits") for seen in line.application.asked("/voice")]


def test_a_call_hears_the_persona_of_its_number(studio: Studio) -> None:
    assert _asked(studio(rule("清楚", keys="3", times=2))) == [None, "3", "3"]


def test_what_a_person_knows_is_found_by_number(studio: Studio) -> None:
    line = studio(rule("", keys="{id_tail}", times=1), people={"8613812345678": {"id_tail": "4321"}})
    line.pages["/voice"] = document("<Gather numDigits='4' timeout='3'><Say>最后四位</Say></Gather>")
    line.talk()
    assert line.application.asked("/voice")[1].form["Digits"] == "4321"


def test_two_runs_with_one_seed_go_alike(studio: Studio) -> None:
    chances = person(rule("", keys=("1", "2", "3", "4"), times=9), delay=(0.5, 3.0))
    assert _asked(studio(persona=chances, seed=9)) == _asked(studio(persona=chances, seed=9))


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "town.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[persona.a", "town.toml: "),
        ("[personas.a]\nweight = 1", "'personas' is unknown"),
        ("", "nobody would answer"),
        ("[persona.a]\ntitle = 'x'", 'persona "a": weight: missing'),
        ("[persona.a]\nweight = 'x'", 'persona "a": weight: a number'),
        ("[persona.a]\nweight = 1\ncolour = 'x'", 'persona "a": colour: unknown key'),
        ("[persona.a]\nweight = 1\nline = 'asleep'", "persona \"a\": line: 'asleep' is unknown"),
        ("[persona.a]\nweight = 1\nspeaks = 2", 'persona "a": speaks: a number from 0 to 1'),
        ("[persona.a]\nweight = 1\ndelay = [3, 1]", 'persona "a": delay: the least is above'),
        ("[persona.a]\nweight = 1\nuse = 'b'", "persona \"a\": use: there are no rules 'b'"),
        ("[persona.a]\nweight = 1\n[[persona.a.rule]]\nkeys = '1'", 'persona "a": rule 1: heard: missing'),
        ("[persona.a]\nweight = 1\n[[persona.a.rule]]\nheard = '('\nkeys = '1'", "rule 1: heard: no regular"),
        (
            "[persona.a]\nweight = 1\n[[persona.a.rule]]\nheard = 'x'\nkeys = 'yes'",
            "rule 1: keys: 'yes' is not",
        ),
        ("[persona.a]\nweight = 1\n[[persona.a.rule]]\nheard = 'x'", "rule 1: it does nothing"),
        (
            "[persona.a]\nweight = 1\n[[persona.a.rule]]\nheard = 'x'\ntimes = 0\nsilent = true",
            "rule 1: times:",
        ),
    ],
)
def test_a_broken_file_names_persona_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SettingError) as refused:
        persona_file.everybody(_file(tmp_path, text))
    assert complaint in str(refused.value)
    assert "town.toml" in str(refused.value)


def test_a_persona_of_weight_0_is_never_dialled(tmp_path: Path) -> None:
    text = "[persona.a]\nweight = 0\n[persona.b]\nweight = 1"
    found = persona_file.personas(_file(tmp_path, text))
    assert {_town(personas=found).at(number).name for number in NUMBERS} == {"b"}


def test_everybody_may_name_the_shipped_callers_and_a_file_may_have_its_own(tmp_path: Path) -> None:
    found = persona_file.everybody(_file(tmp_path, "[persona.caller_old]\nweight = 1\ntitle = 'mine'"))
    town = _town(personas=found)
    assert [one.title for one in found if one.name == "caller_old"] == ["mine"]
    assert {town.at(number).name for number in NUMBERS} == {"caller_old"}
    assert town.named("caller_accident") is not None


def test_people_are_read_with_or_without_the_plus(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"+8613812345678": {"id_tail": 1234}}), encoding="utf-8")
    assert Town(SHIPPED, persona_file.people(path), 0).facts("+8613812345678") == {"id_tail": "1234"}


@pytest.mark.parametrize("text", ["{", "[]", '{"86138": 1}'])
def test_a_broken_people_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=r"people\.json"):
        persona_file.people(path)


def test_a_number_may_be_a_persona_by_name(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"861095511001": {"persona": "agent"}}), encoding="utf-8")
    assert Town(SHIPPED, persona_file.people(path, SHIPPED), 0).at("+861095511001").name == "agent"


def test_a_persona_nobody_described_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"861095511001": {"persona": "ghost"}}), encoding="utf-8")
    with pytest.raises(SettingError, match=r'"861095511001": persona: there is no .ghost.'):
        persona_file.people(path, SHIPPED)


def test_in_a_conversation_a_person_says_what_a_rule_says_and_else_small_talk() -> None:
    agent = _shipped("agent")
    agent.hear("我要投诉")
    assert agent.chat().words == "很抱歉给您带来不便，我帮您登记。"
    agent.hear("今天天气很好")
    assert agent.chat().words in agent.persona.small_talk
    agent.hear("没有了，再见")
    assert agent.chat().hangs_up


def test_a_question_of_the_line_is_not_answered_with_small_talk() -> None:
    assert not _answer(_shipped("agent"), "今天天气很好", SPEECH).words


def test_an_agent_talks_with_a_customer_as_long_as_he_talks(studio: Studio) -> None:
    chatty = {"small_talk": ("嗯",), "delay": (0.5, 0.5), "greeting": ("喂",)}
    customer = replace(person(talks=(1000.0, 1000.0), **chatty), name="customer")
    agent = replace(person(talks=(20.0, 20.0), **chatty), name="agent")
    people = {"8613812345678": {"persona": "customer"}, "861095511001": {"persona": "agent"}}
    line = studio(personas=[customer, agent], people=people, speed=50)
    line.pages["/voice"] = document("<Dial>+861095511001</Dial><Hangup/>")
    call = line.talk()
    (child,) = line.client.calls.list(parent_call_sid=call.sid)
    assert 20 <= int(child.duration) <= 25
    trace = line.http("GET", f"/control/calls/{child.sid}/trace").json()["entries"]
    assert sum(entry["kind"] == "says" for entry in trace) > 3
