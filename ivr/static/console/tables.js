// Tables whose rows are kept: a row that stays keeps its element, and with it focus and scrolling.

import { make } from "../desk/build.js";

export class Table {
  #shown = new Map(); // key → [element, what it shows]

  /** `draw(key, row, element)` fills the element of a row. */
  constructor(body, empty, draw) {
    this.body = body;
    this.empty = empty;
    this.draw = draw;
  }

  /** Shows these [key, row] in this order; returns how many. */
  show(entries) {
    const keys = new Set(entries.map(([key]) => key));
    for (const [key, [element]] of this.#shown) {
      if (keys.has(key)) continue;
      this.#leave(element);
      this.#shown.delete(key);
    }
    entries.forEach(([key, row], place) => this.#place(key, row, place));
    this.empty.hidden = entries.length > 0;
    return entries.length;
  }

  #place(key, row, place) {
    const seen = JSON.stringify(row);
    let [element, last] = this.#shown.get(key) ?? [make("tr", { tabIndex: -1, data: { key } }), ""];
    if (seen !== last) {
      this.draw(key, row, element);
      this.#shown.set(key, [element, seen]);
    }
    element.tabIndex = place === 0 ? 0 : -1; // one stop for the tab key, the arrows go on from there
    if (this.body.children[place] !== element) this.body.insertBefore(element, this.body.children[place] ?? null);
  }

  // Focus goes to the neighbour, so that the keyboard stays where it was.
  #leave(element) {
    if (element.contains(document.activeElement)) {
      (element.nextElementSibling ?? element.previousElementSibling)?.focus();
    }
    element.remove();
  }
}

export const cell = (text, className = "") => make("td", { text, className });
