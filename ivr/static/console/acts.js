// What a supervisor does; what cannot be undone is asked about first.

import { ask } from "../ask.js";
import { $ } from "../desk/build.js";

const SHOWN = 6_000;

export class Acts {
  #hiding = 0;

  constructor({ base, words, story, listening }) {
    Object.assign(this, { base, words, story, listening });
    $("story-close").onclick = () => story.close();
    $("story-again").onclick = () => this.read(story.call);
    $("listening-end").onclick = () => listening.leave();
  }

  listen = (call) => this.#try(() => this.listening.join(call, "listen"));
  whisper = (call) => this.#try(() => this.listening.join(call, "whisper"));
  stepIn = (call) => this.#try(() => this.listening.join(call, "step_in"));
  read = (call) => this.#try(() => this.story.open(call));
  leave = () => this.listening.leave();

  end = (call) => this.#sure("sure_end", "end", call, `${this.base}/calls/${call}/end`);
  toPerson = (call) => this.#sure("sure_person", "person", call, `${this.base}/calls/${call}/human`);
  pause = (campaign, name) => this.#sure("sure_pause", "pause", name, `${this.base}/campaigns/${campaign}/pause`);
  start = (campaign, name) => this.#sure("sure_start", "start", name, `${this.base}/campaigns/${campaign}/start`);

  #sure(question, answer, what, url) {
    const dialog = $("sure");
    $("sure-words").textContent = this.words[question].replace("{what}", what);
    $("sure-yes").textContent = this.words[answer];
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "yes" && this.#try(() => ask(url, {}));
    dialog.showModal();
  }

  async #try(act) {
    try {
      await act();
    } catch (error) {
      this.#say(error.code ? error.message : this.words.failed);
    }
  }

  #say(text) {
    const said = $("said");
    said.textContent = text;
    said.hidden = false;
    clearTimeout(this.#hiding);
    this.#hiding = setTimeout(() => (said.hidden = true), SHOWN);
  }
}
