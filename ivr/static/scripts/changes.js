// What changed in the words: removed passages struck out, added ones underlined.

import { make } from "../desk/build.js";

const TAGS = { gone: "del", new: "ins", kept: "span" };

export function drawChanges(section, changes, words, pick) {
  section.querySelector("h2 b").textContent = changes.length || "";
  section.querySelector("ol").replaceChildren(...changes.map(({ step, title, verbatim, words: pieces, path }) => make("li", {},
    make("p", { className: "row" }, make("button", { type: "button", className: "quiet", text: title, onclick: () => pick(step, path) }), verbatim ? make("span", { className: "tag verbatim", text: words.verbatim }) : null),
    make("p", {}, ...pieces.map(([kind, text]) => make(TAGS[kind], { text }))),
  )));
}
