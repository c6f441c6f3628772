// The agent's desk: shows what the server says of this desk and sends what the agent does.

import { Notes, Questions, actsView, showProblems } from "./desk/acts.js";
import { $, button } from "./desk/build.js";
import { showCard } from "./desk/card.js";
import { agree } from "./desk/clock.js";
import { given } from "./desk/given.js";
import { notice, showHead, toast } from "./desk/head.js";
import { listen } from "./desk/keys.js";
import { Phone } from "./desk/phone.js";
import { Server, signedOut } from "./desk/server.js";
import { choose, confirm, help, keypad, problem } from "./desk/sheet.js";
import { problemCodes, stageOf, stageView } from "./desk/stage.js";
import { StepView } from "./desk/step.js";
import { known, t } from "./desk/words.js";
import { Live } from "./live.js";
import { Softphone } from "./softphone.js";

const TWICE = 2_500;
const BEAT = 15_000; // how often an open page says that it is there
const RETRY = 2_000;
const NEAR = ["busy", "complaint", "repeat", "stop_calling"];
const AT_ONCE = ["busy", "complaint", "repeat", "who_are_you", "fraud"];
const IN_CALL = ["step", "between", "robot", "dialing"];

let doc = null;
let lost = false;
let endAsked = -Infinity;
let retrying = 0;

const server = new Server({ document: show, refused, lost: serverLost, back: serverBack });
const call = (path, body) => doc?.call && server.post(`/desk/calls/${doc.call.id}/${path}`, body);
const keep = (id, path, body, more) => server.keep(`/desk/calls/${id}/${path}`, body, more);
const phone = new Phone($("softphone") && Softphone.of($("softphone")), () => server.post("/desk/phone"));

const step = new StepView((of, body) => {
  keep(of.id, `turns/${of.turn + 1}`, body, { secret: body.digits !== "" });
  if (lost) toast(t("kept"));
});
const notes = new Notes((id, text) => { keep(id, "notes", { text }); toast(t(lost ? "kept" : "note_saved")); });
const questions = new Questions();
const state = (to, reason = "") => server.post("/desk/state", { to, reason });
const stage = stageView({ state: signed, pause: (reason) => state("paused", reason), dial: () => server.post("/desk/dial"), done: () => state("done") }, phone);
const acts = actsView(actsOf);

async function signed(to) {
  if (to === "off") {
    phone.close();
    server.forget();
  }
  const found = await state(to);
  if (found && to === "on") phone.connect();
}

function show(found) {
  if (doc && found.version < doc.version) return;
  if (!doc) phone.resume(found.agent);
  doc = found;
  agree(doc.now);
  for (const draw of [showHead, showCard, stage, acts, showProblems]) draw(doc);
  step.show(doc);
  notes.show(doc);
  questions.show(doc);
  footer();
}

function footer() {
  const at = stageOf(doc);
  $("phone").hidden = !IN_CALL.includes(at);
  for (const id of ["mute", "hold", "keypad"]) $(id).hidden = at === "dialing";
  $("recording").hidden = !(doc.call?.answered_at && !doc.call.ended_at);
  $("hold").setAttribute("aria-pressed", String(doc.call?.held ?? false));
  $("hold").firstElementChild.textContent = t(doc.call?.held ? "resume" : "hold");
  phone.show();
  const needsLine = !doc.agent.leg && !phone.busy && !["off", "paused"].includes(at);
  notice("no-line", needsLine && !lost ? t("no_line") : null, { className: "alarm", action: needsLine ? button(t("connect_again"), "", () => phone.connect()) : null });
}

function refused(error, what) {
  if (signedOut(error)) {
    notice("signed-out", t("signed_out"), { className: "alarm", action: button(t("sign_in_again"), "", () => location.reload()) });
    return;
  }
  step.again();
  toast(error.message || t("refused"), "alarm");
  if (what === "act") server.look();
}

function serverLost() {
  lost = true;
  clearTimeout(retrying);
  retrying = setTimeout(() => server.look(), RETRY);
  document.body.classList.add("lost");
  const count = server.waiting.length;
  notice("server", count ? t("server_lost_kept", { count }) : t("server_lost"), { className: "alarm" });
}

function serverBack() {
  if (!lost) return;
  lost = false;
  document.body.classList.remove("lost");
  notice("server", null);
  toast(t("server_back"));
}

// What may be done at any time: ours, then what the script hears at every step.
function actsOf({ call: of, agent }) {
  if (agent.state !== "talking" || !of?.step) return [];
  const acts = [["P", t("problem"), () => problem(problemCodes, (code, note) => keep(of.id, "problem", { code, note })), ""]];
  acts.push(...of.anytime.map(({ key, category, label }) => [key, label, () => anytime(category, label), classOf(category)]));
  acts.push(["T", t("transfer"), transfer, ""]);
  if (of.step.robot) acts.push(["B", t("robot"), () => confirm(t("robot"), t("robot_sure"), () => call("robot")), ""]);
  const far = acts.filter(([, , , className]) => className === "far");
  if (far.length) acts.push([".", t("more"), () => choose(t("more"), far), "wide"]);
  return acts;
}

const classOf = (category) => (category === "stop_calling" ? "stop" : NEAR.includes(category) ? "" : "far");

// What ends the talk or opens a case is asked once more.
function anytime(category, label) {
  const send = () => step.send({ choice: category });
  if (AT_ONCE.includes(category)) send();
  else confirm(label, t(category === "stop_calling" ? "stop_sure" : "heard_sure"), send);
}

function transfer() {
  choose(t("transfer"), [["1", t("transfer_queue"), () => call("transfer", { to: "queue" })], ["2", t("transfer_supervisor"), () => call("transfer", { to: "supervisor" })]]);
}

function pauses() {
  const { agent } = doc;
  const options = agent.pauses.map((reason, place) => [String(place + 1), t(`pause_${reason}`), () => state("paused", reason)]);
  if (["ready", "paused"].includes(agent.state)) options.push(["0", t("sign_off"), () => signed("off")]);
  choose(t(doc.call ? "pause_after" : "pause"), options);
}

// Esc ends a call when it is pressed twice.
function end() {
  if (performance.now() - endAsked > TWICE) {
    endAsked = performance.now();
    toast(t("end_again"));
    return;
  }
  endAsked = -Infinity;
  call("hangup");
}

function shortcuts() {
  const own = actsOf(doc).map(([key, label]) => [key, label]);
  const fixed = [["1–9", "key_answers"], ["Enter", "key_enter"], ["N", "note"], ["/", "key_faq"], ["M", "mute"], ["H", "hold"], ["K", "keypad"], ["Esc Esc", "end"], ["S", "pause"], ["?", "shortcuts"]];
  help([...fixed.slice(0, 3).map(named), ...own, ...fixed.slice(3).map(named)]);
}

const named = ([key, name]) => [key, t(name)];

const IDLE = {
  off: { Enter: () => signed("on") },
  paused: { Enter: () => state("ready"), 0: () => signed("off") },
  ready: {},
  offered: { Enter: () => server.post("/desk/dial") },
  dialing: { Escape: end },
  wrapup: { Enter: () => state("done") },
};
const CALL = {
  M: () => phone.mute(), H: () => call("hold", { on: !doc.call.held }), K: () => keypad((key) => phone.press(key)),
  Escape: end, Enter: () => (doc.call.step?.kind === "end" ? call("hangup") : $("typed")?.focus()),
};

function act(key) {
  if (!doc) return false;
  const at = stageOf(doc);
  if (key === "?") return shortcuts(), true;
  if (key === "S" && at !== "off") return pauses(), true;
  if (key === "N" && doc.call) return $("note").focus(), true;
  if (key === "/" && doc.call) return $("faq-search").focus(), true;
  const found = (IDLE[at] ?? CALL)[key] ?? pauseBy(at, key) ?? actsOf(doc).find(([own]) => own === key)?.[2];
  if (found) return found(), true;
  return at === "step" && step.press(key);
}

function pauseBy(at, key) {
  const reason = ["ready", "offered"].includes(at) ? doc.agent.pauses[Number(key) - 1] : undefined;
  return reason && (() => state("paused", reason));
}

listen(act, () => { document.activeElement.blur(); $("centre").focus({ preventScroll: true }); });
for (const [id, key] of [["mute", "M"], ["hold", "H"], ["keypad", "K"], ["end", "Escape"], ["help", "?"], ["state-button", "S"], ["finish-button", "Enter"]]) $(id).onclick = () => act(key);
if (!known("title")) notice("texts", "texts are missing", { className: "alarm" });
new Live({
  url: given.live && `${given.live}/desk`,
  on: { message: ({ version }) => { if (!doc || version > doc.version) server.look(); } },
  look: () => server.look(),
});
setInterval(() => server.look(), BEAT);
document.addEventListener("visibilitychange", () => { if (!document.hidden) server.look(); });
server.look();
