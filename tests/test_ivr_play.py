"""`huifang scripts play` and `diagram`: a script in the terminal, typed or piped."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

from click.testing import CliRunner, Result

from ivr.command.scripts import scripts
from scripts.load import LIBRARY

PLAIN = ("--fact", "product_type=普通型", "--fact", "channel=个人代理")


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(scripts, arguments, input=typed)


def test_a_script_is_walked_by_keys_and_words_with_a_transcript_at_the_end() -> None:
    result = run("play", "new-contract", *PLAIN, typed="1\n1\n1234\n1\n没收到\n")
    assert result.exit_code == 0, result.output
    assert "记问题件 P07" in result.output
    talk = result.output.split("—— 对话")[1]
    assert "客户  按 1234" in talk
    assert "客户  没收到" in talk
    assert talk.rstrip().endswith("—— PROBLEM · not_received P07")


def test_the_agents_side_speaks_of_no_keys() -> None:
    result = run("play", "new-contract", *PLAIN, "--performer", "agent", typed="1\n1\n")
    talk = result.output.split("—— 对话")[1]
    assert "坐席  " in talk
    assert "机器  " not in talk
    assert "请按" not in talk


def test_one_can_go_back_and_ask_what_is_open() -> None:
    result = run("play", "new-contract", *PLAIN, typed="1\n?\n<\nx\n")
    assert "▸ intro" in result.output
    assert "· aware" in result.output
    talk = result.output.split("—— 对话")[1]
    assert "按 1" not in talk
    assert "（挂断）" in talk


def test_what_cannot_be_answered_here_is_said() -> None:
    result = run("play", "new-contract", typed="+\nh\nq\n")
    assert "这里不能这样回答" in result.output
    assert result.output.count("退一步") == 2


def test_facts_are_asked_for_by_number() -> None:
    result = run("play", "survey", "--ask", typed="2\n")
    assert result.exit_code == 0
    assert "[1]" in result.output


def test_a_file_is_played_as_well() -> None:
    assert "车险查勘" in run("play", str(LIBRARY / "survey.toml"), typed="x\n").output


def test_wrong_facts_and_performers_are_one_clear_line() -> None:
    assert "colour" in run("play", "new-contract", "--fact", "colour=red").output
    assert "NAME=VALUE" in run("play", "new-contract", "--fact", "age").output
    assert "agent only" in run("play", "hotline-callback", "--performer", "robot").output


def test_a_picture_goes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    printed = run("diagram", "survey", "--english").output
    assert fromstring(printed).get("aria-label")
    assert run("diagram", "survey", "--out", str(tmp_path / "a.svg")).exit_code == 0
    assert fromstring((tmp_path / "a.svg").read_text(encoding="utf-8")).get("class") == "diagram"
