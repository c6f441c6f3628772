// Which rows are shown: by the agent's state, by unit, and by what was typed.

import { $, make } from "../desk/build.js";

const STATES = ["ready", "talking", "wrapup", "paused", "dialing", "offered"];

export function filters(words, changed) {
  const [state, unit, search] = [$("by-state"), $("by-unit"), $("search")];
  for (const one of STATES) state.append(make("option", { value: one, text: words[`state_${one}`] }));
  for (const one of [state, unit]) one.onchange = changed;
  search.oninput = changed;

  const typed = () => search.value.trim().toLowerCase();
  const has = (...texts) => texts.some((text) => String(text ?? "").toLowerCase().includes(typed()));

  return {
    /** Offers the units that there are; the chosen one stays. */
    units(names) {
      const known = [...unit.options].slice(1).map((option) => option.value);
      if (known.join() === names.join()) return;
      const last = unit.value;
      while (unit.options.length > 1) unit.remove(1);
      unit.append(...names.map((name) => make("option", { value: name, text: name })));
      unit.value = names.includes(last) ? last : "";
    },
    agent: (row) =>
      (!state.value || row.state === state.value) && (!unit.value || row.unit === unit.value) && has(row.name, row.staff_no),
    call: (row, agent, campaign) =>
      (!unit.value || (agent?.unit ?? campaign?.unit) === unit.value) &&
      (!state.value || agent?.state === state.value) && has(row.name, row.number, row.words, agent?.name, campaign?.name),
  };
}
