// The life of a version: its changes and findings against the diagram; what has weight is asked about first.

import { $ } from "../desk/build.js";
import { drawChanges } from "./changes.js";
import { drawFindings } from "./findings.js";
import { Picture } from "./picture.js";

const page = $("life");
const words = JSON.parse(page.dataset.words);
const findings = JSON.parse(page.dataset.findings);
const changes = JSON.parse(page.dataset.changes);
const picture = new Picture($("picture"));
const show = (step) => picture.show(step);

drawChanges($("changes"), changes, words, show);
drawFindings($("findings"), findings, words, { show });
picture.found(new Set(findings.map(({ step }) => step)));
picture.changed(new Set(changes.map(({ step }) => step)));

for (const form of document.querySelectorAll("form[data-sure]")) {
  form.addEventListener("submit", (event) => confirm(form.dataset.sure) || event.preventDefault());
}
