// The supervisor's console: keeps what the server says, shows it, and sends what the supervisor does.

import { ask } from "./ask.js";
import { Acts } from "./console/acts.js";
import { filters } from "./console/filters.js";
import { Keys } from "./console/keys.js";
import { Listening } from "./console/listening.js";
import { Rows, age } from "./console/rows.js";
import { Sections } from "./console/sections.js";
import { Story } from "./console/story.js";
import { $ } from "./desk/build.js";
import { Live } from "./live.js";

const page = $("console");
const { base, live } = page.dataset;
const words = JSON.parse(page.dataset.words);
const may = { act: page.dataset.acts === "true", read: page.dataset.reads === "true" };

const rows = new Rows();
const story = new Story($("story"), base, words);
const listening = new Listening($("listening"), base, () => sections.showListening());
const acts = new Acts({ base, words, story, listening });
const chosen = filters(words, () => sections.show());
const sections = new Sections({ rows, words, may, acts, chosen, listening });
new Keys({ acts, may, search: $("search") });

new Live({
  url: live && `${live}/console`,
  on: {
    board: (data) => shown(() => rows.whole(data)),
    changes: (data) => shown(() => rows.change(data)),
  },
  look: async () => {
    const data = await ask(`${base}/now`);
    shown(() => rows.whole(data));
  },
  told: (state) => {
    $("live").dataset.state = state;
    $("live").textContent = words[`live_${state}`];
    document.body.classList.toggle("old", state === "lost");
  },
});

let drawing = 0;
function shown(change) {
  change();
  listening.keepTo(rows.calls);
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(() => sections.show());
}

setInterval(() => {
  for (const one of page.querySelectorAll("[data-since]")) one.textContent = age(rows.since(one.dataset.since));
}, 1_000);
