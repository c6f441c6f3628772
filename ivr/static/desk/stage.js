// The middle of the page when no step is asked: signed off, paused, ready, a card to dial, ringing, wrap-up.

import { $, button, make, whenChanged } from "./build.js";
import { count } from "./clock.js";
import { given } from "./given.js";
import { day, duration, known, stamp, t } from "./words.js";

export function stageOf({ agent, call, offer }) {
  if (agent.state === "offered" && offer) return agent.reason === "accepted" ? "dialing" : "offered";
  if (agent.state === "wrapup" && call) return "wrapup";
  if (agent.state === "talking" && call) return call.performer === "robot" ? "robot" : call.step ? "step" : "between";
  if (agent.state === "dialing" && call) return "dialing";
  return { off: "off", ready: "ready" }[agent.state] ?? "paused";
}

const seen = (doc) => [stageOf(doc), doc.agent, doc.today, doc.queue, doc.offer, doc.call && [doc.call.id, doc.call.status, doc.call.answered_at, doc.call.machine, doc.call.outcome, doc.call.outcome_reason, doc.call.problems, doc.call.promises, doc.call.ended_at]];

// `acts` says what the buttons do: state, pause, dial, done.
export function stageView(acts, phone) {
  const draw = whenChanged(seen, (doc) => {
    const stage = stageOf(doc);
    document.body.dataset.stage = stage;
    $("stage").hidden = stage === "step";
    if (stage === "step") return;
    const focused = $("stage").contains(document.activeElement);
    $("stage").replaceChildren(...DRAWN[stage](doc, acts, phone));
    if (focused || stage === "offered" || stage === "wrapup") $("stage").querySelector(".strong")?.focus();
  });
  return draw;
}

const title = (text, ...more) => make("h1", { text }, ...more);
const line = (text, className = "soft") => make("p", { text, className });

function figures({ today, queue }) {
  const rate = today.done ? `${Math.round((today.success / today.done) * 100)}%` : "–";
  const pairs = [["today_done", today.done], ["today_success", today.success], ["today_rate", rate], ["queue", queue]];
  return make("dl", { className: "figures" }, ...pairs.map(([name, value]) => make("div", {}, make("dt", { text: t(name) }), make("dd", { className: "num", text: String(value) }))));
}

function pauses(doc, acts) {
  return make("div", { className: "pauses", role: "group", aria: { label: t("pause") } },
    ...doc.agent.pauses.map((reason, place) => button(t(`pause_${reason}`), String(place + 1), () => acts.pause(reason))));
}

function certificate({ certificate_until: until }, now) {
  if (!until) return line(t("no_certificate"), "alarm");
  const left = Math.floor((Date.parse(until) - Date.parse(now)) / 86_400_000);
  return left < 30 ? line(t("certificate_ends", { day: day(until), days: left }), "alarm") : null;
}

const DRAWN = {
  off: (doc, acts, phone) => [
    title(t("hello", { name: doc.agent.name })), line(t("off_words")), phone.setup(),
    make("div", { className: "row centre" }, button(t("sign_on"), "Enter", () => acts.state("on"), { className: "strong" })),
    certificate(doc.agent, doc.now),
  ].filter(Boolean),

  paused: (doc, acts, phone) => [
    title(known(`pause_${doc.agent.reason}`) ? t(`pause_${doc.agent.reason}`) : t("paused")), count(make("p", { className: "big" }), doc.agent.since),
    doc.agent.leg ? line(t("leg_stands")) : phone.setup(),
    make("div", { className: "row centre" }, button(t("go_ready"), "Enter", () => acts.state("ready"), { className: "strong" }), button(t("sign_off"), "0", () => acts.state("off"))),
    figures(doc), certificate(doc.agent, doc.now),
  ].filter(Boolean),

  ready: (doc, acts) => [
    title(t("ready_title")), count(make("p", { className: "big" }), doc.agent.since),
    line(t(known(`ready_${doc.agent.reason}`) ? `ready_${doc.agent.reason}` : "ready_words")),
    figures(doc), make("h2", { text: t("pause") }), pauses(doc, acts), certificate(doc.agent, doc.now),
  ].filter(Boolean),

  offered: (doc, acts) => [
    title(doc.offer.card.name), line(`${doc.offer.card.relation}　${doc.offer.card.why}`), count(make("p", { className: "big" }), doc.agent.since),
    make("div", { className: "row centre" }, button(t("dial"), "Enter", acts.dial, { className: "strong" })),
    line(t("offered_words")), make("h2", { text: t("pause") }), pauses(doc, acts),
  ],

  dialing: (doc) => [
    make("div", { className: "ring", aria: { hidden: "true" } }), title((doc.call ?? doc.offer).card.name), line(t(dialed(doc.call)), "soft status"),
    count(make("p", { className: "big" }), doc.agent.since), doc.call?.machine ? line(t("machine"), "alarm") : null, line(t("dialing_words")),
  ].filter(Boolean),

  between: (doc) => [title(t("between")), line(t(doc.call.machine ? "machine" : "between_words"))],

  robot: () => [title(t("robot_title")), line(t("robot_words"))],

  wrapup: (doc, acts) => wrapup(doc.call, doc.agent, acts),
};

const dialed = (call) => (call && known(`status_${call.status}`) ? `status_${call.status}` : "status_claimed");

function wrapup(call, agent, acts) {
  const talked = call.answered_at && call.ended_at ? duration(Date.parse(call.ended_at) - Date.parse(call.answered_at)) : "";
  return [
    make("p", { className: "soft" }, make("span", { text: t("wrapup_since") }), count(make("b"), agent.since)),
    make("div", { className: `outcome ${call.outcome ?? ""}` }, make("small", { text: t("outcome_computed"), hidden: !call.outcome }),
      title(t(call.outcome ? `outcome_${call.outcome}` : call.ended_at ? "outcome_pending" : "handed_on")),
      make("p", { text: call.outcome || call.ended_at ? reason(call) : t("handed_on_words") }), call.outcome ? make("p", { className: "small", text: t(`why_${call.outcome}`) }) : null),
    make("dl", { className: "record" },
      ...pair(t("told"), call.of ? t("told_of", { told: call.told, of: call.of }) : "–"), ...pair(t("talk_time"), talked || "–"),
      ...pair(t("problems"), call.problems.map((code) => problemTitle(code)).join("；") || t("none")),
      ...pair(t("promises"), call.promises.map(promise).join("；") || t("none"))),
    make("div", { className: "row centre" }, button(t("done"), "Enter", () => acts.state("done"), { className: "strong" })),
    line(t(agent.pause_next ? "then_pause" : "then_ready", { pause: t(`pause_${agent.pause_next}`) })),
  ];
}

const pair = (name, value) => [make("dt", { text: name }), make("dd", { text: value })];
const promise = ([kind, at]) => {
  const label = known(`promise_${kind}`) ? t(`promise_${kind}`) : kind;
  return at ? `${label} ${stamp(at)}` : label;
};

function reason(call) {
  if (!call.outcome_reason) return "";
  return known(`reason_${call.outcome_reason}`) ? t(`reason_${call.outcome_reason}`) : call.outcome_reason;
}

const PROBLEMS = new Map(JSON.parse(given.problems));
export const problemTitle = (code) => `${code} ${PROBLEMS.get(code) ?? ""}`.trim();
export const problemCodes = [...PROBLEMS];
