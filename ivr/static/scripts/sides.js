// One performer's side of a play: the words, what is waited for, what followed from the last answer.

import { kbd, make, marked } from "../desk/build.js";

const TAGS = ["verbatim", "mandatory", "human_only"];

export function drawSide(section, side, words, tagWords) {
  const body = section.querySelector(".body");
  if (!side) {
    body.replaceChildren(make("p", { className: "soft", text: words.not_for_robot }));
    return;
  }
  section.classList.toggle("over", side.over);
  const parts = [way(side, words), tags(side, tagWords), spoken(side), below(side, words), outcome(side, words), effects(side, words)];
  body.replaceChildren(...parts.filter((part) => part !== null));
}

function way(side, words) {
  if (!side.of) return null;
  const bars = side.way.map(([name, state]) => make("span", { className: state, title: name }));
  return make("div", { className: "way" }, make("span", { className: "bars", aria: { hidden: "true" } }, ...bars), make("b", { className: "num", text: words.told_of.replace("{told}", side.told).replace("{of}", side.of) }));
}

function tags(side, tagWords) {
  if (!side.tags.length) return null;
  return make("p", { className: "tags" }, ...side.tags.map((name) => make("span", { className: TAGS.includes(name) ? `tag ${name}` : "tag must", text: tagWords[name] ?? name })));
}

function spoken(side) {
  const said = side.said.map((pieces) => make("p", {}, ...marked(pieces)));
  if (side.question) said.push(make("p", { className: "question" }, ...marked(side.question)));
  return make("div", { className: "words" }, ...said);
}

function below(side, words) {
  const parts = [];
  if (side.speaks === "robot" && side.listens) parts.push(make("p", { className: "soft", text: side.slow ? `${side.listens} · ${words.slowly}` : side.listens }));
  if (side.speaks === "agent") {
    if (side.answers.length) parts.push(make("p", { className: "chips" }, ...side.answers.map(([key, text]) => make("span", { className: "as-button" }, kbd(key), make("span", { text })))));
    if (side.explain) parts.push(make("p", { className: "soft" }, make("b", { text: `${words.explain} ` }), ...marked(side.explain)));
    if (side.after) parts.push(make("p", { className: "soft", text: `${words.next_is} ${side.after}` }));
  }
  return parts.length ? make("div", { className: "below" }, ...parts) : null;
}

function outcome(side, words) {
  if (!side.outcome) return null;
  const { name, words: what, why } = side.outcome;
  return make("p", { className: `outcome ${name}` }, make("b", { text: what }), make("span", { text: why }), make("small", { className: "num", text: side.problems.join(" ") }));
}

function effects(side, words) {
  if (!side.took) return make("p", { className: "soft", text: words.did_nothing });
  if (!side.effects.length) return null;
  return make("ul", { className: "effects" }, ...side.effects.map(([text, look]) => make("li", { className: look, text })));
}
