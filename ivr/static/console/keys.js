// The keyboard: arrows go from row to row, letters act on the call in focus.

import { $ } from "../desk/build.js";

export class Keys {
  constructor({ acts, may, search }) {
    this.search = search;
    this.call = {
      ...(may.read && { Enter: acts.read }),
      ...(may.act && { l: acts.listen, w: acts.whisper, i: acts.stepIn, p: acts.toPerson, e: acts.end }),
    };
    this.anywhere = {
      "/": () => search.focus(),
      q: acts.leave,
      Escape: () => $("story").open && $("story").close(),
    };
    addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || $("sure").open) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const row = event.target.closest("tr[data-key]");
    if (event.key.startsWith("Arrow") && this.#move(row, event.key)) return event.preventDefault();
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const call = row?.closest("#calls") ? row.dataset.key : row?.dataset.call;
    if (key === "Enter" && event.target !== row) return; // a button's own
    const act = (call && this.call[key]) || this.anywhere[key];
    if (!act) return;
    event.preventDefault();
    act(call);
  }

  // Up and down within a table, left and right between agents and calls.
  #move(row, key) {
    const first = (table) => document.querySelector(`#${table} tbody tr`);
    const next = {
      ArrowDown: () => (row ? row.nextElementSibling : first("calls") ?? first("agents")),
      ArrowUp: () => row?.previousElementSibling,
      ArrowLeft: () => row?.closest("#calls") && first("agents"),
      ArrowRight: () => row?.closest("#agents") && first("calls"),
    }[key]?.();
    next?.focus();
    return Boolean(next);
  }
}
