// Changing the words of a script: each text in its field, its changes and findings beside it.

import { ask } from "../ask.js";
import { $, make } from "../desk/build.js";
import { drawChanges } from "./changes.js";
import { Editor, objection } from "./editor.js";
import { drawFindings } from "./findings.js";
import { Picture } from "./picture.js";
import { say } from "./said.js";

const PATIENCE = 500; // milliseconds without typing before the words are checked

const page = $("words");
const { base } = page.dataset;
const words = JSON.parse(page.dataset.words);
const perSecond = Number(page.dataset.perSecond);
const picture = new Picture($("picture"), (step) => go(step));

class Passage {
  constructor(node) {
    this.node = node;
    this.path = node.dataset.path;
    this.first = node.dataset.words;
    this.step = node.closest(".group").dataset.step;
    this.undo = node.querySelector(".undo");
    this.editor = new Editor(node.querySelector(".editor"), () => this.touched());
    this.undo.onclick = () => {
      this.editor.write(this.first);
      this.touched();
      this.editor.node.focus();
    };
    this.editor.node.addEventListener("focus", () => picture.show(this.step));
    this.draw();
  }

  get text() {
    return this.editor.text;
  }

  get isChanged() {
    return this.text !== this.first;
  }

  touched() {
    this.said = "";
    this.draw();
    later();
  }

  get wrong() {
    return Boolean(this.said || objection(this.editor));
  }

  draw() {
    const { signs } = this.editor;
    this.node.querySelector(".signs").textContent = words.signs.replace("{signs}", signs).replace("{seconds}", Math.max(1, Math.round(signs / perSecond)));
    this.node.classList.toggle("changed", this.isChanged);
    this.undo.hidden = !this.isChanged;
    const warning = this.node.querySelector(".warning");
    if (warning) warning.hidden = !this.isChanged;
    this.#complain();
  }

  #complain() {
    const line = this.node.querySelector(".problem");
    const found = objection(this.editor);
    const text = found ? words[`problem_${found[0]}`].replace("{name}", found[1]) : this.said;
    line.hidden = !text;
    this.node.classList.toggle("wrong", Boolean(text));
    this.editor.node.setAttribute("aria-invalid", String(Boolean(text)));
    const buttons = this.editor.lost.map((name) => make("button", { type: "button", text: `${words.put_back} ${this.editor.title(name)}`, onmousedown: (event) => event.preventDefault(), onclick: () => this.editor.putBack(name) }));
    line.replaceChildren(make("span", { text }), ...buttons);
  }
}

const passages = [...document.querySelectorAll("#fields .group .passage")].map((node) => new Passage(node));
const changed = () => passages.filter((passage) => passage.isChanged);
const texts = () => Object.fromEntries(changed().map(({ path, text }) => [path, text]));

let waiting = 0;
let asking = 0;
let saved = false;
function later() {
  ready();
  sieve();
  clearTimeout(waiting);
  waiting = setTimeout(check, PATIENCE);
}

function ready() {
  const wrong = passages.some((passage) => passage.wrong);
  $("first").hidden = !wrong;
  $("save").disabled = wrong || !changed().length;
}

async function check() {
  if (passages.some((passage) => objection(passage.editor))) return;
  const mine = ++asking;
  try {
    const found = await ask(`${base}/check`, { texts: texts() });
    if (mine === asking) show(found);
  } catch (error) {
    say(error.code ? error.message : words.failed);
  }
}

function show({ errors, changes, findings, solved }) {
  for (const passage of passages) {
    passage.said = errors[passage.path] ?? "";
    passage.draw();
  }
  if (errors[""]) say(errors[""]);
  drawChanges($("changes"), changes, words, (step, path) => go(step, path));
  if (!changes.length) $("changes").querySelector("ol").replaceChildren(make("li", { className: "soft", text: words.no_changes }));
  drawFindings($("findings"), findings, words, { show: (step) => { picture.show(step); go(step); } });
  $("solved").hidden = !solved;
  $("solved").textContent = words.solved.replace("{count}", solved);
  picture.found(new Set(findings.map(({ step }) => step)));
  picture.changed(new Set(changes.map(({ step }) => step)));
  ready();
}

async function save() {
  if ($("save").disabled) return;
  $("save").disabled = true;
  try {
    const { url } = await ask(`${base}/draft`, { texts: texts() });
    saved = true;
    location.assign(url);
  } catch (error) {
    say(error.code ? error.message : words.failed);
    await check();
  }
}

/** Brings the fields of a step into view. */
function go(step, path = "") {
  const found = passages.find((passage) => passage.path === path) ?? passages.find((passage) => passage.step === step);
  if (!found) return;
  found.node.closest(".group").hidden = false;
  found.node.scrollIntoView({ block: "center" });
  found.editor.node.focus({ preventScroll: true });
}

function sieve() {
  const wanted = $("filter").value.trim();
  const only = $("only-changed").checked;
  for (const group of document.querySelectorAll("#fields .group")) {
    const mine = passages.filter((passage) => group.contains(passage.node));
    const fits = (passage) => passage.text.includes(wanted) || group.dataset.step.includes(wanted);
    group.hidden = !mine.some((passage) => fits(passage) && (!only || passage.isChanged));
  }
}

$("filter").oninput = sieve;
$("only-changed").onchange = sieve;
$("save").onclick = save;
addEventListener("beforeunload", (event) => changed().length && !saved && event.preventDefault());
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
  } else if (event.key === "/" && !event.target.closest("input, [contenteditable]")) {
    event.preventDefault();
    $("filter").focus();
  }
});

await check();
