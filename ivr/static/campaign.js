// One campaign: its figures as they change, and what may be done to it.

import { ask } from "./ask.js";
import { Acts, preview } from "./campaigns/acts.js";
import { Figures } from "./campaigns/figures.js";
import { $ } from "./desk/build.js";
import { Live } from "./live.js";

const page = $("campaign");
const { base, id, live } = page.dataset;
const words = JSON.parse(page.dataset.words);
const figures = new Figures(words, base, page.dataset.reads === "true");
const acts = page.dataset.acts === "true" ? new Acts(base, words) : null;
preview(base, words, figures);

function show(seen) {
  figures.show(seen);
  acts?.show(seen);
}

new Live({
  url: live && `${live}/campaigns/${id}`,
  on: { figures: show },
  look: async () => show(await ask(`${base}/now`)),
  told: (state) => {
    $("live").dataset.state = state;
    $("live").textContent = words[`live_${state}`];
  },
});
