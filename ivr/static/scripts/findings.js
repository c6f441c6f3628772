// What the checker found: each finding with its basis, the conversation that shows it, and its step.

import { make } from "../desk/build.js";

const WHO = { robot: "robot", agent: "of_agent", customer: "customer", note: "note" };

export function talkLine([who, text], words) {
  return make("li", { data: { who } }, make("b", { text: words[WHO[who]] }), make("span", { text }));
}

/** One finding; `show(step)` points at its step, `play(finding)` walks its path where it has one. */
export function findingItem(finding, words, { show, play }) {
  const parts = [make("p", {}, finding.isNew ? make("span", { className: "tag stop", text: words.new_finding }) : null, make("span", { text: finding.message }))];
  const line = [make("code", { text: finding.rule })];
  if (finding.basis.length) line.push(make("span", { className: "num", text: finding.basis.join(" ") }));
  if (finding.step) line.push(make("button", { type: "button", className: "quiet", text: words.show_step, onclick: () => show(finding.step) }));
  if (play && finding.play) line.push(make("button", { type: "button", className: "quiet", text: words.play_path, onclick: () => play(finding) }));
  parts.push(make("p", { className: "row soft" }, ...line));
  if (finding.talk.length) {
    parts.push(make("details", {}, make("summary", { text: words.talk }), make("ol", { className: "talk" }, ...finding.talk.map((one) => talkLine(one, words)))));
  }
  return make("li", { data: { step: finding.step } }, ...parts);
}

/** The whole list, or the good news. */
export function drawFindings(section, findings, words, acts) {
  section.querySelector("h2 b").textContent = findings.length || "";
  const items = findings.map((finding) => findingItem(finding, words, acts));
  section.querySelector("ol").replaceChildren(...(items.length ? items : [make("li", { className: "ok", text: words.no_findings })]));
}
