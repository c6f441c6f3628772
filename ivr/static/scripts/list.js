// The list of scripts: what the checker finds comes row by row, so that the page is there at once.

import { ask } from "../ask.js";

const words = JSON.parse(document.getElementById("scripts").dataset.words);

for (const cell of document.querySelectorAll("[data-findings]")) {
  const { findings } = await ask(cell.dataset.findings);
  cell.textContent = findings.length ? words.count.replace("{count}", findings.length) : words.proven;
  cell.className = findings.length ? "tag stop" : "tag good";
}
