"""Rule packs: what is prescribed of which script, and a region's own words over the same wiring."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import packs as packs_module
from scripts.duties import CLOCKS
from scripts.load import library, named, restore
from scripts.model import Only, Script, ScriptError
from scripts.packs import NATIONAL, Label, Must, Pack, pack, packs
from scripts.proofs import (
    explanations,
    forbidden,
    header,
    items,
    label,
    lengths,
    locked,
    manners,
    numbers,
    questions,
    tails,
)
from tests.scripts_small import small

SCRIPTS = library().values()
REGIONS = [name for name in packs() if name != NATIONAL]
LATE = "new-contract@dalian"
OF_WORDS = (
    explanations,
    forbidden,
    header,
    items,
    label,
    lengths,
    locked,
    manners,
    numbers,
    questions,
    tails,
)
"""The proofs of what an overlay can change; ways through a talk are those of its base."""


def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """A pack `here` over the national one, with what its files for the scripts hold."""
    folder = tmp_path / "packs"
    shutil.copytree(packs_module.FOLDER, folder)
    (folder / "here").mkdir()
    (folder / "here.toml").write_text(files.pop("here", 'title = "这里"\nbase = "national"\n'), "utf-8")
    for name, text in files.items():
        (folder / "here" / f"{name}.toml").write_text(text, "utf-8")
    monkeypatch.setattr(packs_module, "FOLDER", folder)
    packs.cache_clear()


@pytest.fixture(autouse=True)
def _shipped_again() -> Iterator[None]:
    yield
    packs.cache_clear()
    named.cache_clear()


# ---------------------------------------------------------------- the shipped packs


@pytest.mark.parametrize("one", packs().values(), ids=lambda one: one.name)
def test_every_basis_is_a_rule_of_the_report(one: Pack) -> None:
    rows = [*one.forbidden.values(), *(item for script in one.scripts.values() for item in script.items)]
    for basis in (one.basis, *(row.basis for row in rows)):
        assert basis
        assert [rule for rule in basis if not header.is_rule(rule, one)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_of_the_library_has_its_items(script: Script) -> None:
    asked = pack().scripts[script.name]
    assert asked.items
    assert set(asked.covers) == set(script.covers)
    assert set(asked.clocks) <= set(CLOCKS)
    named_steps = {name for item in asked.items for name in item.steps}
    assert named_steps <= set(script.steps)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_mandatory_step_is_somebodys_demand(script: Script) -> None:
    asked = {name for item in pack().scripts[script.name].items for name in item.steps}
    assert {step.name for step in script.steps.values() if step.mandatory} - asked == set()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_guard_is_an_items_guard(script: Script) -> None:
    asked = {name for item in pack().scripts[script.name].items for name in item.steps}
    assert {step.name for step in script.steps.values() if step.when} - asked == set()


@pytest.mark.parametrize("region", REGIONS)
def test_the_words_of_a_region_bring_no_finding(region: str) -> None:
    for path in (packs_module.FOLDER / region).glob("*.toml"):
        script = named(f"{path.stem}@{region}")
        found = [one for proof in OF_WORDS for one in proof.findings(script, pack(region))]
        assert [(one.step, one.rule, one.values) for one in found] == []


def test_what_a_region_forbids_stands_in_no_script_of_the_library() -> None:
    for region in REGIONS:
        if pack(region).forbidden != pack().forbidden:
            for script in SCRIPTS:
                assert [(one.step, one.values) for one in forbidden.findings(script, pack(region))] == []


def test_only_liaoning_asks_for_filing() -> None:
    assert [one.name for one in packs().values() if one.filing] == ["liaoning"]


def without(whole: Script, step: str, **header: object) -> Script:
    """The script without a step, with another header."""
    data = json.loads(whole.canonical)
    del data["files"][0]["step"][step]
    data["files"][0] |= header
    return restore(json.dumps(data, ensure_ascii=False))


def test_items_are_owed_for_what_a_script_covers_whatever_its_name() -> None:
    other = without(library()["new-contract"], "surrender_loss", script="my-own")
    assert [(one.rule, one.values[0]) for one in items.findings(other, pack())] == [
        ("item_missing", ("item", "犹豫期后退保的损失"))
    ]


def test_what_is_not_covered_is_not_owed() -> None:
    other = without(library()["new-contract"], "dividends", covers=["NB-BASE", "NB-BANK"])
    assert list(items.findings(other, pack())) == []
    assert pack().prescribed(["NOTICE"]) == ()


def test_no_two_scripts_of_a_pack_cover_the_same() -> None:
    for one in packs().values():
        assert len(set(one.catalogue)) == len(one.catalogue)


# ---------------------------------------------------------------- base and region


def test_a_region_has_the_rules_of_its_base_and_replaces_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = (
        'title = "这里"\nbase = "national"\nfiling = true\nlabel = "none"\n[length]\ntext = 50\n'
        '[forbidden.lawsuit]\nwords = ["告状"]\nbasis = ["B1"]\n'
    )
    survey = '[items]\nneed = { title = "需求", must = "told" }\ncloser = { title = "又一项" }\n'
    own(tmp_path, monkeypatch, here=here, survey=survey)
    one, base = pack("here"), pack()
    assert (one.filing, one.label, base.filing, base.label) == (True, Label.NONE, False, Label.FIRST_TURN)
    assert one.lengths == {**base.lengths, "text": 50}
    assert one.forbidden["lawsuit"].words == ("告状",)
    assert one.forbidden.keys() == base.forbidden.keys()
    items = {item.name: item for item in one.scripts["survey"].items}
    assert items["need"].must is Must.TOLD
    assert items["closer"].steps == ("closer",)
    assert items["arrived"] in base.scripts["survey"].items
    assert one.scripts["survey"].clocks == base.scripts["survey"].clocks


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"here": 'title = "这里"\nbase = "natoinal"\n'}, 'there is no pack "natoinal"'),
        ({"here": 'base = "national"\n'}, "title: is missing"),
        ({"here": 'title = "这里"\nlable = "none"\n'}, "lable: unknown key"),
        ({"here": 'title = "这里"\n[forbidden.a]\nwords = ["甲"]\nallowed = ["("]\n'}, "is no pattern"),
        ({"survey": "[items.need]\n"}, "title: is missing"),
        ({"survey": '[items.need]\ntitle = "一"\nmust = "sung"\n'}, "must: 'sung' is unknown"),
        ({"survey": '[items.need]\ntitle = "一"\nwanted = "maybe"\n'}, 'must be "yes" or "no"'),
        ({"survey": '[items.need]\ntitle = "一"\nproblem = "P31"\n'}, "P31 is unknown"),
        ({"survey": 'groups = ["robots"]\n'}, 'there is no group "robots"'),
        ({"survey": "overlays = 1\n"}, "overlays: unknown key"),
    ],
)
def test_a_mistake_in_a_pack_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], message: str
) -> None:
    own(tmp_path, monkeypatch, **files)
    with pytest.raises(ScriptError, match="toml") as refusal:
        packs()
    assert message in str(refusal.value)


def test_a_pack_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ScriptError, match=r'pack "mars": there is none, choose one of: national, dalian'):
        pack("mars")


# ---------------------------------------------------------------- overlays


def test_an_overlay_changes_words_and_nothing_else() -> None:
    base, late = library()["new-contract"], named(LATE)
    assert (late.name, late.region, late.place) == ("new-contract", "dalian", LATE)
    assert late.digest != base.digest
    assert list(late.steps) == list(base.steps)
    assert "延长到" in late.text("cooling_off_over", "say").pieces[1]
    for name, step in base.steps.items():
        assert late.steps[name].answers == step.answers
        assert late.steps[name].when == step.when
    changed = {step for (step, part), text in base.texts.items() if late.texts[step, part] != text}
    assert changed == {"cooling_off_over", "cooling_over_extended", "surrender_loss"}


def test_a_script_with_an_overlay_is_kept_and_restored_whole() -> None:
    late = named(LATE)
    again = restore(late.canonical)
    assert again.digest == late.digest
    assert (again.region, again.texts) == ("dalian", late.texts)


def test_every_region_has_a_digest_of_its_own_even_with_the_same_words() -> None:
    assert (
        len({named(f"survey@{region}").digest for region in packs()} | {named("survey").digest})
        == len(packs()) + 1
    )


def test_the_words_of_the_country_are_what_they_were() -> None:
    assert "region" not in json.loads(library()["new-contract"].canonical)["files"][0]
    assert named("new-contract") is library()["new-contract"]


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ('[overlay.manors]\nsay = "好吗？"\n', 'step "manors": overlay: the script has no such step'),
        (
            '[overlay.manner]\nexplain = "好。"\n',
            "overlay.manner.explain: the base has no such text, a region may replace: say, no.ask",
        ),
        ('[overlay.manner]\nthen = "need"\n', "overlay.manner.then: the base has no such text"),
        ('[overlay.manner.no]\nproblem = "P21"\n', "overlay.manner.no.problem: the base has no such text"),
        ('[overlay.manner]\nno = "need"\n', "overlay.manner.no: the base has no such text"),
        ('[overlay.manner]\nsay = "您给{mark}满意吗？"\n', "{mark} is not declared"),
        ('[variables]\nplace = { say = "text", reveal = "public" }\n', "variables.place: is declared by the"),
    ],
)
def test_what_an_overlay_may_not_do_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overlay: str, message: str
) -> None:
    own(tmp_path, monkeypatch, small=overlay)
    with pytest.raises(ScriptError) as refusal:
        small(tmp_path, region="here")
    assert message in str(refusal.value)


def test_an_overlay_reaches_answers_phrases_and_what_is_heard_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = (
        '[overlay.need.hears.tow]\ntell = "拖车这就来。"\n[overlay.phrases]\nsilence = "喂，您在听吗？"\n'
        '[overlay.hears.driving]\ntell = "您先开车。"\n[overlay.bye]\nsay = "打扰您了，再见。"\n'
    )
    own(tmp_path, monkeypatch, small=overlay)
    script = small(tmp_path, region="here")
    assert script.text("need", "tell.tow").pieces == ("拖车这就来。",)
    assert script.text("common", "silence").pieces == ("喂，您在听吗？",)
    assert script.text("common", "tell.driving").pieces == ("您先开车。",)
    assert script.text("bye", "say").pieces == ("打扰您了，再见。",)


def test_a_region_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match='pack "mars": there is none'):
        small(tmp_path, region="mars")
    with pytest.raises(ScriptError, match='script "sruvey@dalian": is not shipped, choose one of: '):
        named("sruvey@dalian")


def test_the_rules_of_a_region_hold_for_its_scripts() -> None:
    found = list(items.findings(library()["new-contract"], pack("dalian")))
    assert {finding.step for finding in found} == {"cooling_off_over"}
    assert {finding.rule for finding in found} == {"item_value_missing"}


def test_wired_steps_alone_are_no_fulfilment() -> None:
    script = library()["new-contract"]
    for item in pack().scripts["new-contract"].items:
        if item.must in (Must.AFFIRMED, Must.TOLD):
            assert [name for name in item.steps if script.steps[name].only is Only.WIRED] == []
