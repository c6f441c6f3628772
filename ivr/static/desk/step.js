// The step of the call: what is to be said, and the answers. An answer belongs to the turn it was shown with.

import { $, kbd, make, marked, whenChanged } from "./build.js";
import { now } from "./clock.js";
import { Reading } from "./reading.js";
import { known, t } from "./words.js";

const TAGS = ["verbatim", "mandatory", "human_only", "identity"];

export class StepView {
  // `give(call, body)` sends an answer; `body` has choice, words or digits.
  constructor(give) {
    this.give = give;
    this.given = null;
    this.call = null;
    this.reading = new Reading(() => this.arm());
    this.draw = whenChanged((doc) => [doc.call?.id, doc.call?.turn, doc.call?.step], (doc) => this.drawStep(doc.call));
    this.drawWay = whenChanged((doc) => doc.call && [doc.call.way, doc.call.told, doc.call.of], (doc) => way(doc.call));
  }

  show(doc) {
    this.call = doc.call;
    this.drawWay(doc);
    this.draw(doc);
    this.arm();
  }

  get waiting() {
    return this.call !== null && this.given === `${this.call.id}/${this.call.turn}`;
  }

  drawStep(call) {
    const step = call?.step ?? null;
    $("step").hidden = step === null;
    $("step").dataset.turn = call?.turn ?? "";
    if (step === null) return;
    $("tags").replaceChildren(...step.tags.map(tag));
    $("before").replaceChildren(...(step.before ? [document.createTextNode(`${step.before.words}　`), make("b", { text: step.before.answer })] : []));
    $("words").replaceChildren(...paragraphs(step));
    $("words").parentElement.scrollTop = 0;
    $("after").textContent = step.after ? t("next_is", { words: step.after }) : "";
    $("reading").replaceChildren(this.reading.node);
    this.reading.start(step.hold_ms, now() - Date.parse(call.said_at ?? ""));
    explain(step.explain);
    this.drawAnswers(step);
    this.drawInput(step);
  }

  drawAnswers(step) {
    $("answers").dataset.count = step.answers.length;
    $("finish").hidden = step.kind !== "end";
    $("answers").replaceChildren(...step.answers.map(({ key, category, label }) => make("button", {
      type: "button", onclick: () => this.choose(category), data: { category }, aria: { keyshortcuts: key },
    }, kbd(key), make("span", { text: label }))));
  }

  drawInput(step) {
    const digits = step.input === "digits";
    $("typed-row").hidden = step.input === "choice";
    if (step.input === "choice") return;
    const field = make("input", {
      id: "typed", type: "text", autocomplete: "off", maxLength: digits ? 18 : 500, inputMode: digits ? "numeric" : "text",
      className: digits ? "masked num" : "", placeholder: t(digits ? "type_digits" : "type_words"), aria: { label: t(digits ? "type_digits" : "type_words") },
    });
    field.onkeydown = (event) => {
      if (event.key !== "Enter" || event.isComposing || event.repeat) return;
      event.preventDefault();
      this.typed(digits);
    };
    $("typed-row").replaceChildren(field, make("button", { type: "button", onclick: () => this.typed(digits) }, make("span", { text: t("send") }), kbd("Enter")));
    if (!document.querySelector("dialog[open]") && document.activeElement?.id !== "note") field.focus();
  }

  typed(digits) {
    const text = $("typed").value.trim();
    if (!text) return;
    this.answer(digits ? { digits: text.toUpperCase() } : { words: text });
  }

  choose(category) {
    const words = this.call?.step?.input === "words" ? $("typed")?.value.trim() ?? "" : "";
    this.answer({ choice: category, words });
  }

  // What the reading time holds: answers, not what may be done at any time.
  answer(body) {
    if (!this.call?.step || this.waiting) return;
    if (!this.reading.through) {
      this.reading.insist();
      return;
    }
    this.send(body);
  }

  send(body) {
    if (!this.call || this.waiting) return;
    this.given = `${this.call.id}/${this.call.turn}`;
    const whole = this.reading.through;
    mark(body.choice);
    this.arm();
    this.give(this.call, { choice: "", words: "", digits: "", whole, ...body });
  }

  // A refused answer may be given again.
  again() {
    this.given = null;
    mark("");
    this.arm();
  }

  press(key) {
    const found = this.call?.step?.answers.find((answer) => answer.key === key);
    if (found) this.choose(found.category);
    return Boolean(found);
  }

  arm() {
    const held = !this.reading.through;
    for (const one of $("answers").children) {
      one.classList.toggle("held", held);
      one.setAttribute("aria-disabled", String(held || this.waiting));
    }
    $("step").classList.toggle("answering", this.waiting);
  }
}

function mark(category) {
  for (const one of $("answers").children) one.classList.toggle("given", Boolean(category) && one.dataset.category === category);
}

function tag(name) {
  return make("span", { className: TAGS.includes(name) ? `tag ${name}` : "tag", text: known(`tag_${name}`) ? t(`tag_${name}`) : name });
}

function paragraphs(step) {
  const said = step.said.map((pieces) => make("p", {}, ...marked(pieces)));
  if (step.question) said.push(make("p", { className: "question" }, ...marked(step.question)));
  return said;
}

function explain(pieces) {
  $("explain").hidden = !pieces;
  $("explain").replaceChildren(...(pieces ? [make("b", { text: t("explain_so") }), ...marked(pieces)] : []));
}

function way(call) {
  $("way").hidden = !call || call.of === 0;
  if (!call) return;
  const bars = call.way.map(({ state }) => make("span", { className: state }));
  $("way").replaceChildren(make("span", { className: "bars", aria: { hidden: "true" } }, ...bars), make("b", { className: "num", text: t("told_of", { told: call.told, of: call.of }) }));
}
