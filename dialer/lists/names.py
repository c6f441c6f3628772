"""Names of people: rare characters and middle dots kept, surnames of one or two characters."""

from __future__ import annotations

import re
from unicodedata import category

from dialer.lists.findings import Unfit
from dialer.lists.words import plain

_NOBODY = frozenset({"无", "未知", "不详", "暂无", "空", "待定", "无名氏"})
_DOTS = re.compile(r"\s*[•・‧∙⋅．･●·]\s*")
_BETWEEN = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_UNSAYABLE = "?？*＊□■〓#<>=|\ufffd"
"""Masks, and what a system writes for a sign that it does not have; so are private signs of fonts."""
_TITLES = {"男": "先生", "女": "女士"}
_ADDRESSED = {"先生": "男", "女士": "女", "小姐": "女", "太太": "女"}
_SEXES = {"男": "男", "男性": "男", "m": "男", "male": "男", "1": "男"} | {
    "女": "女", "女性": "女", "f": "女", "female": "女", "2": "女"
}  # fmt: skip
_COMPOUND = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良"
    "漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘东门西门第五"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
"""The surnames of two characters still in use."""


def parse_name(text: str) -> str:
    """A name as it is said, without the 先生 or 女士 behind it; "nobody" words count as empty."""
    if text.isalpha() and text[-2:] not in _ADDRESSED and text not in _NOBODY:
        return text
    name = _DOTS.sub("·", _BETWEEN.sub("", text))
    name = name[:-2] if name[-2:] in _ADDRESSED else name
    if name in _NOBODY or not name:
        return ""
    if not any(sign.isalpha() for sign in name) or any(
        sign.isdigit() or sign in _UNSAYABLE or category(sign) == "Co" for sign in name
    ):
        raise Unfit("name_invalid", "姓名里有无法识别的字，请按证件上的姓名填写")
    return name


def surname(name: str) -> str:
    """The part used in an address: one character, a compound surname, or what stands before a middle dot."""
    if "·" in name:
        return name.split("·")[0]
    if name.isascii():
        return name.split()[-1]
    return name[:2] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[:1]


def parse_sex(text: str) -> str:
    """男 or 女."""
    sex = _SEXES.get(plain(text).lower())
    if sex is None:
        raise Unfit("sex_invalid", "性别无法识别，请填男或女")
    return sex


def title_sex(name: str) -> str:
    """The sex that a 先生 or 女士 behind a name tells; empty without one."""
    return _ADDRESSED.get(name.strip()[-2:], "")


def title(sex: str) -> str:
    """先生 or 女士."""
    return _TITLES[sex]
