// What may be done to a campaign: start, pause, resume, stop with a reason, its share; and the preview.

import { ask } from "../ask.js";
import { $, button } from "../desk/build.js";
import { say } from "../scripts/said.js";
import { row } from "./figures.js";

const MOVES = { draft: ["start", "stop"], running: ["pause", "stop"], paused: ["resume", "stop"] };

export class Acts {
  #base;
  #words;
  #status = "";

  constructor(base, words) {
    this.#base = base;
    this.#words = words;
    $("share").addEventListener("submit", (event) => this.#share(event));
    $("stopping").addEventListener("close", () => this.#stopped());
  }

  show(seen) {
    if (seen.status === this.#status) return;
    this.#status = seen.status;
    $("moves").replaceChildren(...(MOVES[seen.status] ?? []).map((how) =>
      button(this.#words[how], "", () => (how === "stop" ? this.#stop() : this.#move(how)), {
        className: how === "stop" ? "danger" : how === "pause" ? "" : "primary",
      })));
    const form = $("share");
    for (const name of ["priority", "max_lines", "max_per_second"]) form.elements[name].value = seen[name] ?? "";
  }

  #stop() {
    $("stopping-reason").value = "";
    $("stopping").returnValue = "";
    $("stopping").showModal();
    $("stopping-reason").focus();
  }

  #stopped() {
    if ($("stopping").returnValue === "yes") this.#move("stop", $("stopping-reason").value);
  }

  async #move(how, reason = "") {
    await this.#told(ask(`${this.#base}/${how}`, { reason }));
  }

  async #share(event) {
    event.preventDefault();
    if (await this.#told(ask(`${this.#base}/share`, Object.fromEntries(new FormData($("share")))))) say(this.#words.saved);
  }

  async #told(asked) {
    try {
      return await asked;
    } catch (error) {
      say(error.message);
      return null;
    }
  }
}

export function preview(base, words, figures) {
  const asking = $("preview-ask");
  asking.addEventListener("click", async () => {
    asking.disabled = true;
    $("preview-words").textContent = words.previewing;
    try {
      shown(await ask(`${base}/preview`), words, figures);
    } catch (error) {
      $("preview-words").textContent = error.message;
    }
    asking.disabled = false;
  });
}

function shown({ tasks, called, now, later, skipped, left_out: leftOut = {} }, words, figures) {
  const count = (one) => one.toLocaleString("en-US");
  $("preview-words").textContent = words.preview_words.replace("{called}", count(called)).replace("{tasks}", count(tasks));
  const below = (counts) => Object.entries(counts).map(([code, of]) => row(figures.word("rule", code), of, "below"));
  const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
  $("preview").tBodies[0].replaceChildren(
    row(words.preview_now, now),
    row(words.preview_later, sum(later)), ...below(later),
    row(words.preview_skipped, sum(skipped)), ...below(skipped),
    row(words.left_out, sum(leftOut)), ...below(leftOut),
  );
}
