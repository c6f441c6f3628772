"""The diagram of a script as SVG; its looks stand in attributes, for pages where styles are forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from scripts.diagram import Box, Diagram, Exit, Row, Trigger, diagram, word
from scripts.model import Script

INK, SOFT, FAINT, LINE, EDGE = "#1c2430", "#5c6878", "#6b7685", "#e3e7ec", "#c9d1da"
PAPER, BRAND, BRAND_SOFT = "#ffffff", "#0f6b5c", "#e4f2ef"
MUST, MUST_SOFT, STOP, STOP_SOFT = "#9a5b00", "#fdf3e1", "#b3261e", "#fcebea"
FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Noto Sans SC, system-ui, sans-serif"

MARKS = {"mandatory": (MUST, MUST_SOFT), "verbatim": (BRAND, BRAND_SOFT), "human_only": (STOP, STOP_SOFT)}
QUIET = (SOFT, LINE)

LEFT, MAIN, TRUNK, SIDE, INDENT = 14, 240, 26, 262, 22
WIDTH = LEFT + MAIN + TRUNK + SIDE + 10
DEEPEST = WIDTH - 200
"""Steps behind steps are indented, but no further than this, so that their words keep room."""

GAP = 20
"""Between two rows; the arrow of the talk stands there."""

CLOSING, OPENS = "，。？！、：；）〕”…· ", "（〔“"
"""Signs that no line begins or ends with."""

TEXT, SMALL = 13, 11
"""Sizes of letters."""


def svg(script: Script, language: str = "zh", current: str = "") -> str:
    """The picture of a script, with the current step marked; every box is a link to `#step-NAME`."""
    return _Sheet(diagram(script, language), script.title, language, current).svg()


def width_of(words: str, size: int) -> float:
    """About how wide words are; Chinese characters are square."""
    return sum(size if _is_square(sign) else size * 0.56 for sign in words)


def lines(words: str, size: int, width: float, most: int) -> list[str]:
    """Words cut into lines; what is left over after the last is dropped behind an ellipsis."""
    found, line = list[str](), ""
    for token in _tokens(words):
        if line and width_of(line + token, size) > width:
            found.append(line)
            line = token.lstrip()
        else:
            line += token
    found.append(line)
    if len(found) <= most:
        return found
    return [*found[: most - 1], f"{found[most - 1].rstrip()[:-1]}…"]


def _tokens(words: str) -> Iterator[str]:
    """Chinese characters one by one, other words whole; a closing sign stays with what it closes."""
    token = ""
    for sign in words:
        whole = token and (_is_square(sign) or _is_square(token[-1]) or token[-1] == " ")
        if whole and sign not in CLOSING and token[-1] not in OPENS:
            yield token
            token = ""
        token += sign
    yield token


def _is_square(sign: str) -> bool:
    return ord(sign) > 0x2E7F or sign in "…“”"


@dataclass(frozen=True, slots=True)
class _Place:
    """A rectangle on the sheet."""

    x: float
    y: float
    w: float
    h: float


class _Sheet:
    """The sheet that boxes and wires are drawn on, wires first, so that boxes cover them."""

    def __init__(self, drawn: Diagram, title: str, language: str, current: str) -> None:
        self.drawn, self.language, self.current = drawn, language, current
        attributes = {"xmlns": "http://www.w3.org/2000/svg", "class": "diagram", "role": "group"}
        self.root = Element("svg", {**attributes, "aria-label": title, "font-family": FONT})
        self.wires = SubElement(self.root, "g", {"fill": "none", "stroke": EDGE, "stroke-width": "1.5"})
        self.boxes = SubElement(self.root, "g")
        self.gists = {row.box.step: row.box for row in self._all_rows()}

    def svg(self) -> str:
        """Draw all parts, one below the other."""
        y = 8.0
        if self.drawn.alone:
            words = f"{word('part', 'alone', self.language)}{self.drawn.alone}"
            self._chip(words, LEFT, y, MARKS["human_only"])
            y += 26
        for name, rows in (("opening", self.drawn.opening), ("talk", self.drawn.talk)):
            if rows:
                y = self._rows(rows, self._heading(name, y))
        if self.drawn.anytime:
            y = self._heading("anytime", y + 8)
            for trigger in self.drawn.anytime:
                y = self._trigger(trigger, y)
        self.root.set("viewBox", f"0 0 {WIDTH} {y:g}")
        self.root.set("width", str(WIDTH))
        self.root.set("height", f"{y:g}")
        return tostring(self.root, encoding="unicode")

    def _all_rows(self) -> Iterator[Row]:
        todo = [*self.drawn.opening, *self.drawn.talk]
        todo += [trigger.exit.branch for trigger in self.drawn.anytime if trigger.exit.branch]
        while todo:
            row = todo.pop()
            yield row
            todo += [one.branch for one in row.exits if one.branch]

    # The parts.

    def _heading(self, name: str, y: float) -> float:
        words = word("part", name, self.language)
        self._text(self.boxes, LEFT, y + 14, words, SOFT, SMALL + 1, weight="600")
        self._line(f"M{LEFT + width_of(words, SMALL + 1) + 10:g} {y + 10:g}H{WIDTH - 10}", LINE)
        return y + 28

    def _rows(self, rows: tuple[Row, ...], y: float) -> float:
        """The main column; a step with a condition can be passed by, on the dashed way beside it."""
        middle = LEFT + MAIN / 2
        for at, row in enumerate(rows):
            place = self._box(row.box, LEFT, y, MAIN)
            below = max(place.y + place.h, self._exits(row.exits, place, LEFT + MAIN + TRUNK))
            if row.box.condition:
                self._line(
                    f"M{middle:g} {y - 10:g}H5V{below + GAP - 12:g}H{middle:g}",
                    EDGE,
                    {"stroke-dasharray": "3 3"},
                )
            if at < len(rows) - 1:
                self._arrow(
                    f"M{middle:g} {place.y + place.h:g}V{below + GAP:g}", middle, below + GAP, down=True
                )
            y = below + GAP
        return y

    def _trigger(self, trigger: Trigger, y: float) -> float:
        words = " · ".join(trigger.labels)
        place = self._pill(words, LEFT, y) if words else _Place(LEFT, y, 0, 0)
        below = self._exits((trigger.exit,), place, LEFT + MAIN + TRUNK)
        return max(place.y + place.h, below) + 12

    def _pill(self, words: str, x: float, y: float) -> _Place:
        cut = lines(words, TEXT, MAIN - 28, 3)
        place = _Place(x, y, MAIN, 12 + 18 * len(cut))
        self._rect(self.boxes, place, PAPER, EDGE, radius=14)
        for at, line in enumerate(cut):
            self._text(self.boxes, x + 14, y + 19 + 18 * at, line, INK, TEXT)
        return place

    # What stands beside a box.

    def _exits(self, exits: tuple[Exit, ...], source: _Place, x: float) -> float:
        """Draw the exits below each other and return where they end."""
        trunk, start, edge = x - TRUNK / 2, source.y + 13, source.x + source.w
        y = source.y
        if source.x != LEFT:
            trunk, start, edge = x - 15, source.y + source.h - 12, source.x
            y += source.h + 6
        for one in exits:
            middle = y + 13
            self._arrow(f"M{edge:g} {start:g}H{trunk:g}V{middle:g}H{x - 2:g}", x - 2, middle)
            y = self._exit(one, x, y) + 6
        return y - 6 if exits else source.y

    def _exit(self, one: Exit, x: float, y: float) -> float:
        """One exit: its labels, its problem, and where it leads."""
        room = WIDTH - 8 - x
        chip = width_of(one.problem, SMALL) + 16 if one.problem else 0
        words = " · ".join(one.labels)
        cut = lines(words, SMALL + 1, room - chip - 6, 3) if words else []
        for at, line in enumerate(cut):
            self._text(self.boxes, x + 4, y + 17 + 16 * at, line, SOFT, SMALL + 1)
        end = x + 10 + (width_of(cut[-1], SMALL + 1) if cut else 0)
        bottom = y + 8 + 16 * max(len(cut), 1)
        if one.problem:
            self._chip(one.problem, end, bottom - 20, (MUST, MUST_SOFT))
            end += chip
        bottom = self._leads(one, x, end, bottom)
        if one.branch:
            bottom = self._branch(one.branch, x, bottom if cut or one.problem or one.leads else y)
        return bottom

    def _leads(self, one: Exit, x: float, end: float, bottom: float) -> float:
        """Where no box follows: a word, or a link to a box that stands elsewhere."""
        words = f"→ {one.leads}" if one.leads and not one.refers else one.leads
        if words:
            end, bottom = self._beside(words, x, end, bottom, STOP if one.end else FAINT)
        if one.refers:
            room = min(168, WIDTH - 8 - x - 24)
            gist = lines(self.gists[one.refers].words, SMALL + 1, room, 1)[0]
            link = self._link(one.refers, self.boxes, "refers")
            end, bottom = self._beside(f"→ {gist}", x, end, bottom, BRAND, link)
        return bottom

    def _beside(
        self, words: str, x: float, end: float, bottom: float, ink: str, parent: Element | None = None
    ) -> tuple[float, float]:
        """Words behind the labels if they fit there, else on a line of their own."""
        if end + width_of(words, SMALL + 1) > WIDTH - 8:
            end, bottom = x + 4, bottom + 17
            words = lines(words, SMALL + 1, WIDTH - 8 - end, 1)[0]
        self._text(self.boxes if parent is None else parent, end, bottom - 7, words, ink, SMALL + 1)
        return end + width_of(words, SMALL + 1) + 8, bottom

    def _branch(self, row: Row, x: float, y: float) -> float:
        place = self._box(row.box, x, y, WIDTH - 8 - x)
        if not row.exits:
            return place.y + place.h
        return max(place.y + place.h, self._exits(row.exits, place, min(x + INDENT, DEEPEST)))

    # Pieces.

    def _box(self, box: Box, x: float, y: float, w: float) -> _Place:
        condition = f"{word('part', 'when', self.language)} {box.condition}" if box.condition else ""
        above = lines(condition, SMALL, w - 24, 3) if condition else []
        below = lines(box.words, TEXT, w - 24, 3)
        place = _Place(x, y, w, 30 + 15 * len(above) + 18 * len(below) + 6)
        link = self._link(box.step, self.boxes, "step")
        self._rect(link, place, PAPER, BRAND if box.step == self.current else EDGE, radius=8)
        if "mandatory" in box.marks:
            SubElement(
                link,
                "rect",
                {"x": f"{x:g}", "y": f"{y + 8:g}", "width": "3", "height": f"{place.h - 16:g}", "fill": MUST},
            )
        self._text(link, x + 12, y + 20, box.kind, SOFT, SMALL + 1, weight="600")
        self._marks(link, box, x + 18 + width_of(box.kind, SMALL + 1), y + 7)
        for at, line in enumerate(above):
            self._text(link, x + 12, y + 38 + 15 * at, line, MUST, SMALL)
        for at, line in enumerate(below):
            self._text(link, x + 12, y + 42 + 15 * len(above) + 18 * at, line, INK, TEXT)
        return place

    def _marks(self, link: Element, box: Box, x: float, y: float) -> None:
        for mark in box.marks:
            words = word("mark", mark, self.language)
            self._chip(words, x, y, MARKS.get(mark, QUIET), link)
            x += width_of(words, SMALL) + 20

    def _chip(
        self, words: str, x: float, y: float, inks: tuple[str, str], parent: Element | None = None
    ) -> None:
        here = self.boxes if parent is None else parent
        self._rect(here, _Place(x, y, width_of(words, SMALL) + 14, 17), inks[1], "none", radius=8)
        self._text(here, x + 7, y + 12.5, words, inks[0], SMALL, weight="600")

    def _link(self, step: str, parent: Element, kind: str) -> Element:
        now = " now" if step == self.current and kind == "step" else ""
        link = SubElement(parent, "a", {"href": f"#step-{step}", "class": kind + now, "data-step": step})
        SubElement(link, "title").text = f"{step}: {self.gists[step].words}"
        return link

    def _rect(self, parent: Element, place: _Place, fill: str, stroke: str, *, radius: int) -> None:
        sizes = {"x": place.x, "y": place.y, "width": place.w, "height": place.h, "rx": radius}
        attributes = {name: f"{size:g}" for name, size in sizes.items()}
        SubElement(parent, "rect", {**attributes, "fill": fill, "stroke": stroke})

    def _text(
        self, parent: Element, x: float, y: float, words: str, ink: str, size: int, weight: str = "400"
    ) -> None:
        attributes = {
            "x": f"{x:g}",
            "y": f"{y:g}",
            "fill": ink,
            "font-size": str(size),
            "font-weight": weight,
        }
        SubElement(parent, "text", attributes).text = words

    def _line(self, path: str, ink: str, more: dict[str, str] | None = None) -> None:
        SubElement(self.wires, "path", {"d": path, "stroke": ink, **(more or {})})

    def _arrow(self, path: str, x: float, y: float, *, down: bool = False) -> None:
        head = (
            f"M{x - 4:g} {y - 6:g}L{x:g} {y:g}L{x + 4:g} {y - 6:g}"
            if down
            else f"M{x - 5:g} {y - 4:g}L{x:g} {y:g}L{x - 5:g} {y + 4:g}"
        )
        self._line(path + head, EDGE)
