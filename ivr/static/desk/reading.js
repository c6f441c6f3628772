// The least time that what must be said in full takes to read; answers wait for it.

import { t } from "./words.js";
import { make } from "./build.js";

export class Reading {
  constructor(onThrough) {
    this.onThrough = onThrough;
    this.bar = make("i");
    this.left = make("span", { className: "num" });
    this.words = make("span", { text: t("read_in_full") });
    this.node = make("div", { className: "reading" },
      make("div", { className: "bar", aria: { hidden: "true" } }, this.bar),
      make("div", { className: "note" }, this.words, this.left));
    this.ends = 0;
    this.timer = 0;
  }

  get through() {
    return performance.now() >= this.ends;
  }

  // Starts at the beginning of the words; `already` of the milliseconds have gone by, on another load of the page.
  start(holdMs, already) {
    clearTimeout(this.timer);
    const left = Math.max(0, holdMs - Math.max(0, already));
    this.ends = performance.now() + left;
    this.node.hidden = holdMs === 0;
    this.bar.style.transition = "none";
    this.bar.style.transform = `scaleX(${holdMs ? 1 - left / holdMs : 1})`;
    this.bar.getBoundingClientRect();
    this.bar.style.transition = `transform ${left}ms linear`;
    this.bar.style.transform = "scaleX(1)";
    this.node.classList.toggle("through", left === 0);
    this.tick();
  }

  // Shows which bar it is that an answer waits for.
  insist() {
    this.node.animate([{ opacity: 1 }, { opacity: 0.3 }, { opacity: 1 }], { duration: 240, iterations: 2 });
  }

  tick() {
    const left = this.ends - performance.now();
    this.left.textContent = left > 0 ? t("read_left", { seconds: Math.ceil(left / 1000) }) : t("read_through");
    if (left > 0) {
      this.timer = setTimeout(() => this.tick(), Math.min(left, left % 1000 || 1000) + 2);
      return;
    }
    this.node.classList.add("through");
    this.onThrough();
  }
}
