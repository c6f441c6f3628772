// Trying a script out: the facts, the answers so far, and what both performers make of them.

import { ask } from "../ask.js";
import { $, kbd, make } from "../desk/build.js";
import { drawFindings, talkLine } from "./findings.js";
import { Picture } from "./picture.js";
import { say } from "./said.js";
import { drawSide } from "./sides.js";

const page = $("play");
const { base } = page.dataset;
const words = JSON.parse(page.dataset.words);
const tagWords = { mandatory: words.tag_mandatory, verbatim: words.tag_verbatim, human_only: words.tag_human_only };
const picture = new Picture($("picture"));
const fields = [...document.querySelectorAll("[data-fact]")];

let given = [];
let doc = null;
let shownSide = "robot";

function facts() {
  const chosen = {};
  for (const field of fields) {
    const unknown = field.value === (field.tagName === "SELECT" ? "?" : "");
    if (field.value !== field.dataset.first) chosen[field.dataset.fact] = unknown ? null : field.value;
  }
  return chosen;
}

async function play(answers) {
  try {
    const found = await ask(`${base}/play`, { facts: facts(), given: answers });
    given = answers.slice(0, found.answers);
    doc = found;
    draw();
  } catch (error) {
    say(error.code ? error.message : words.failed);
  }
}

// One after the other: what is answered quickly is an answer to the next question.
let before = Promise.resolve();
function then(act) {
  before = before.then(act);
}

const answer = (one) => then(() => doc && !doc.over && play([...given, one]));
const back = () => then(() => given.length && play(given.slice(0, -1)));
const again = () => then(() => play([]));

function draw() {
  for (const who of ["robot", "agent"]) drawSide($(who), doc.sides.find((side) => side.performer === who), words, tagWords);
  drawAnswers();
  drawTalk();
  drawPlace();
  $("one-back").disabled = !given.length;
}

function drawAnswers() {
  $("answers").replaceChildren(...doc.offers.map(({ label, key, given: one }) => offered(label, key, one)));
  if (doc.over) $("answers").replaceChildren(make("p", { className: "soft", text: words.over }));
  $("typed").hidden = doc.over;
  $("typed-words").placeholder = doc.input === "digits" ? words.type_digits : words.type_words;
  $("anytime").hidden = !doc.anytime.length;
  $("anytime").querySelector(".chips").replaceChildren(...doc.anytime.map(({ label, key, given: one }) => offered(label, key, one)));
  $("agree").textContent = doc.sides.length < 2 ? "" : doc.differ.join(" · ") || words.same;
  $("agree").className = doc.differ.length ? "apart" : "soft";
}

function offered(label, key, one) {
  return make("button", { type: "button", onclick: () => answer(one), data: { key } }, key ? kbd(key) : null, make("span", { text: label }));
}

function drawTalk() {
  const at = Math.max(0, doc.sides.findIndex((side) => side.performer === shownSide));
  const list = $("talk").querySelector("ol");
  list.replaceChildren(...doc.talk[at].map((line) => talkLine(line, words)));
  list.scrollTop = list.scrollHeight;
  const choices = doc.sides.map(({ performer }, place) => make("button", {
    type: "button", text: words[`of_${performer}`], aria: { pressed: String(place === at) }, onclick: () => { shownSide = performer; drawTalk(); },
  }));
  $("talk-of").replaceChildren(...(choices.length > 1 ? choices : []));
}

function drawPlace() {
  const [first, second] = doc.sides;
  const states = first.way.filter(([, state]) => state === "done" || state === "bad");
  if (second && second.step !== first.step) states.push([second.step, "also"]);
  picture.mark([...states, [first.step, "now"]]);
}

async function check() {
  const { findings } = await ask(`${base}/findings`);
  drawFindings($("findings"), findings, words, { show: (step) => picture.show(step), play: walk });
  picture.found(new Set(findings.map((finding) => finding.step)));
}

/** Chooses the facts of a finding's path and gives its answers. */
function walk({ play: path, talk }) {
  shownSide = talk.find(([who]) => who === "robot" || who === "agent")?.[0] ?? shownSide;
  for (const field of fields) {
    const value = path.facts[field.dataset.fact];
    const unknown = field.tagName === "SELECT" ? "?" : "";
    field.value = value === undefined ? field.dataset.first : value ?? unknown;
    if (value && field.value !== value) field.add(new Option(value, value, true, true));
  }
  then(() => play(path.given));
}

$("typed").onsubmit = (event) => {
  event.preventDefault();
  const text = $("typed-words").value.trim();
  if (!text) return;
  $("typed-words").value = "";
  answer([/^[0-9*#]+$/.test(text) ? "keys" : "speech", text]);
};
$("one-back").onclick = back;
$("restart").onclick = again;
for (const field of fields) field.onchange = () => then(() => play(given));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "Backspace") back();
  else if (event.key === "r" || event.key === "R") again();
  else if (event.key === "/") $("typed-words").focus();
  else {
    const found = doc?.offers.find(({ key }) => key === event.key) ?? doc?.anytime.find(({ key }) => key && key === event.key);
    if (!found) return;
    answer(found.given);
  }
  event.preventDefault();
});

again();
await check();
