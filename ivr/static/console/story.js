// The drawer: what was said in a call so far. Each opening is a row of the audit, so it opens only when asked to.

import { ask } from "../ask.js";
import { make } from "../desk/build.js";

const SPOKEN = /^(\d\d:\d\d\.\d) {2,}(\S+(?: \S+)?) {2,}(.*)$/; // an agent stands with the staff number

export class Story {
  call = null;
  #opener = null;

  constructor(dialog, base, words) {
    this.dialog = dialog;
    this.base = base;
    this.words = words;
    dialog.addEventListener("close", () => this.#closed());
  }

  async open(call) {
    const { lines } = await ask(`${this.base}/calls/${call}`);
    this.#opener = this.dialog.open ? this.#opener : document.activeElement;
    this.call = call;
    this.dialog.querySelector("h2").textContent = `${this.words.story} ${call}`;
    this.dialog.querySelector("ol").replaceChildren(...lines.map(drawn));
    if (!this.dialog.open) this.dialog.show();
    const list = this.dialog.querySelector("ol");
    list.scrollTop = list.scrollHeight;
    list.focus();
  }

  close() {
    this.dialog.close();
  }

  #closed() {
    this.call = null;
    this.#opener?.focus();
  }
}

function drawn(line) {
  const spoken = line.match(SPOKEN);
  if (!spoken) return make("li", { className: "other", text: line });
  const [, at, who, words] = spoken;
  return make("li", { data: { who } },
    make("time", { className: "num", text: at }), make("b", { text: who }), make("span", { text: words }));
}
