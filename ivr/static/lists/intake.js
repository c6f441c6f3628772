// One file on its way into a list: sent, waiting, checked, done, or failed with what is wrong and what to do.

import { ask } from "../ask.js";
import { make } from "../desk/build.js";

const AGAIN = 1_000;
const SHOWS = { sending: "sending", waiting: "waiting", working: "reading", imported: "done", failed: "failed" };

export class Intake {
  #base;
  #words;
  #told;

  constructor(base, words, told) {
    this.#base = base;
    this.#words = words;
    this.element = make("div", { className: "work" });
    this.take(told);
  }

  sent(loaded, total) {
    const bar = this.element.querySelector("progress");
    bar.max = total;
    bar.value = loaded;
  }

  take(told) {
    this.#told = told;
    this.#draw();
    if (told.id && ["waiting", "working"].includes(told.status)) setTimeout(() => this.#ask(), AGAIN);
    if (told.status === "imported") location.assign(told.list);
  }

  async #ask() {
    try {
      this.take(await ask(`${this.#base}/files/${this.#told.id}`));
    } catch {
      setTimeout(() => this.#ask(), 5 * AGAIN);
    }
  }

  #draw() {
    const { name, status, rows, problem } = this.#told;
    const state = this.#words[SHOWS[status]];
    const read = rows ? this.#words.rows_read.replace("{rows}", rows.toLocaleString("en-US")) : "";
    this.element.replaceChildren(
      make("div", { className: "row" }, make("b", { text: name }), make("span", { className: status === "failed" ? "tag stop" : "tag", text: state }), make("span", { className: "soft num", text: read })),
    );
    if (status === "failed") {
      this.element.append(make("p", { className: "problem", text: problem }));
      if (this.#told.maps) this.#askHeaders();
    } else if (status !== "imported") {
      this.element.append(make("progress", status === "sending" ? { value: 0 } : {}));
    }
  }

  async #askHeaders() {
    const found = await ask(`${this.#base}/files/${this.#told.id}/headers`).catch(() => null);
    if (!found) return void setTimeout(() => this.#askHeaders(), 2 * AGAIN);
    const { unknown, missing } = found;
    if (!unknown.length || !missing.length) return;
    this.element.querySelector(".problem").textContent = this.#words.missing_columns;
    this.element.append(this.#mapping(unknown, missing));
  }

  // A header that nobody knows is said to be a column; kept for the next lists of the kind.
  #mapping(unknown, missing) {
    const form = make("form", { className: "inline" });
    for (const [column, title] of missing) {
      const options = ["", ...unknown].map((text) => make("option", { text, value: text }));
      form.append(make("label", { className: "field" }, make("span", { text: title }), make("select", { name: column }, ...options)));
    }
    form.append(make("button", { text: this.#words.import }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      this.take(await ask(`${this.#base}/files/${this.#told.id}/mapping`, Object.fromEntries(new FormData(form))));
    });
    return form;
  }
}
