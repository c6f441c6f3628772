// The least time that what must be said in full takes to read; answers wait for it.

import { t } from "./words.js";
import { make } from "./build.js";

const STEP = 200; // milliseconds between two looks

export class Reading {
  constructor(onThrough) {
    this.onThrough = onThrough;
    this.bar = make("i");
    this.left = make("span", { className: "num" });
    this.words = make("span", { text: t("read_in_full") });
    this.node = make("div", { className: "reading" },
      make("div", { className: "bar", aria: { hidden: "true" } }, this.bar),
      make("div", { className: "note" }, this.words, this.left));
    this.hold = this.ends = this.timer = 0;
  }

  get through() {
    return performance.now() >= this.ends;
  }

  // Starts at the beginning of the words; `already` of the milliseconds have gone by, on another load of the page.
  start(holdMs, already) {
    clearTimeout(this.timer);
    this.hold = holdMs;
    this.ends = performance.now() + Math.max(0, holdMs - Math.max(0, already));
    this.node.hidden = holdMs === 0;
    this.node.classList.toggle("through", this.through);
    this.tick();
  }

  // Shows which bar it is that an answer waits for.
  insist() {
    this.node.animate([{ opacity: 1 }, { opacity: 0.3 }, { opacity: 1 }], { duration: 240, iterations: 2 });
  }

  tick() {
    const left = Math.max(0, this.ends - performance.now());
    this.bar.style.transform = `scaleX(${this.hold ? 1 - left / this.hold : 1})`;
    this.left.textContent = left ? t("read_left", { seconds: Math.ceil(left / 1000) }) : t("read_through");
    if (left) {
      this.timer = setTimeout(() => this.tick(), Math.min(left, STEP) + 1);
      return;
    }
    this.node.classList.add("through");
    this.onThrough();
  }
}
