// The line on top: the agent's state and its time, the script, today, the queue; and notices below it.

import { $, make, whenChanged } from "./build.js";
import { count } from "./clock.js";
import { known, t } from "./words.js";
import { stageOf } from "./stage.js";

const since = (doc) => (stageOf(doc) === "step" ? doc.call.answered_at : null) ?? doc.agent.since;

const showState = whenChanged((doc) => [stageOf(doc), doc.agent.state, doc.agent.reason, since(doc), doc.call?.held], (doc) => {
  const { state, reason } = doc.agent;
  const words = state === "paused" && known(`pause_${reason}`) ? t(`pause_${reason}`) : t(doc.call?.held && state === "talking" ? "state_held" : `state_${state}`);
  $("state").dataset.state = state;
  $("state").replaceChildren(make("i", { aria: { hidden: "true" } }), make("span", { text: words }), count(make("span"), since(doc)));
  document.title = `${words} · ${t("title")}`;
});

const showScript = whenChanged((doc) => doc.call?.script, (doc) => {
  const script = doc.call?.script;
  $("script").textContent = script ? t("script_version", script) : "";
});

const showFigures = whenChanged((doc) => [doc.today, doc.queue, doc.agent.pause_next, doc.agent.name, doc.agent.staff_no], (doc) => {
  $("done-today").textContent = doc.today.done;
  $("success-today").textContent = doc.today.success;
  $("waiting-count").textContent = doc.queue;
  $("pause-next").textContent = doc.agent.pause_next ? t("pause_next", { pause: t(`pause_${doc.agent.pause_next}`) }) : "";
  $("me").textContent = t("me", { name: doc.agent.name, staff_no: doc.agent.staff_no });
});

export function showHead(doc) {
  showState(doc);
  showScript(doc);
  showFigures(doc);
}

const notices = new Map();

// A notice stays until it is taken away; `words` null takes it away.
export function notice(name, words, { className = "", action = null } = {}) {
  if (words === null) notices.delete(name);
  else notices.set(name, { words, className, action });
  const drawn = [...notices].map(([key, one]) => make("p", { className: `notice ${one.className}`, data: { notice: key } },
    make("span", { text: one.words }), one.action));
  const old = [...$("notices").children].map((one) => one.textContent).join("|");
  if (drawn.map((one) => one.textContent).join("|") !== old) $("notices").replaceChildren(...drawn);
}

let fading = 0;

// A word that goes by itself.
export function toast(words, className = "") {
  $("toast").textContent = words;
  $("toast").className = `toast shown ${className}`;
  clearTimeout(fading);
  fading = setTimeout(() => { $("toast").className = "toast"; }, 4_000);
}
