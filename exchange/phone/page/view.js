// Puts on the page what there is to show; texts are set as texts, never as markup.

import { known, t } from "/phone/words.js";

const $ = (id) => document.getElementById(id);
const PAD = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"], ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]];
const HINTS = [["0–9 * #", "hint_keys"], ["T", "hint_type"], ["M", "hint_mute"], ["Esc", "hint_hang"], ["Enter", "hint_accept"]];
const COMMANDS = { connecting: "", ticket: "phone   http://127.0.0.1:…/phone#…", speed: "huifang exchange --port 8900 --speed 1", elsewhere: "" };

let acts = null;
let shownCall = "";
let shownStage = "";

function make(tag, { className = "", text = "", ...more } = {}, ...children) {
  const one = document.createElement(tag);
  one.className = className;
  if (text) one.textContent = text;
  Object.assign(one, more);
  one.append(...children);
  return one;
}

export function wire(given) {
  acts = given;
  for (const [key, letters] of PAD) {
    const button = make("button", { type: "button", onclick: () => acts.press(key) }, make("b", { text: key }), make("small", { text: letters }));
    button.dataset.key = key;
    button.setAttribute("aria-label", key);
    $("keys").append(button);
  }
  new ResizeObserver(() => { $("captions").scrollTop = $("captions").scrollHeight; }).observe($("captions"));
}

export function flash(key) {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  button?.animate([{ filter: "brightness(.8)" }, { filter: "none" }], 160);
}

// The stage the page is in: away, idle, ringing, calling, talking or ended.
function stageOf(seen) {
  if (seen.closed) return "closed";
  if (!seen.state?.number) return "away";
  return seen.state.call?.stage ?? (seen.ended ? "ended" : "idle");
}

// The language has changed: everything is drawn anew.
export function forget() {
  shownCall = shownStage = "";
}

export function show(seen) {
  const stage = stageOf(seen);
  document.body.dataset.stage = stage;
  showBar(seen, stage);
  showNotices(seen);
  if (stage === "closed") showClosed(seen);
  $("sign-in-wrong").textContent = stage === "away" ? wrong(seen.wrong) : "";
  $("dial-wrong").textContent = stage === "away" ? "" : wrong(seen.wrong);
  if (!seen.state) return;
  showCustomers(seen.state.customers);
  showReachable(seen.state.reachable);
  showStage(seen, stage);
  showSide(seen.state);
  focus(stage);
  tick(seen);
}

function wrong(reason) {
  return reason ? t(`wrong_${reason}`) : "";
}

function showBar(seen, stage) {
  $("state-words").textContent = t(stage === "closed" ? "stage_away" : `stage_${stage}`);
  $("state").hidden = stage === "closed";
  $("me-number").textContent = seen.state?.number ? grouped(seen.state.number) : "";
  $("me").hidden = $("another").hidden = stage === "closed" || !seen.state?.number;
  $("leave").hidden = Boolean(seen.state?.call);
  const ringing = stage === "ringing" ? `${t("stage_ringing")} ${shown(seen.state.call.other)} · ` : "";
  document.title = ringing + t("title");
}

function showNotices(seen) {
  const inCall = Boolean(seen.state?.call);
  const names = [];
  if (seen.lost) names.push("lost");
  if (seen.sound.trouble && (inCall || seen.sound.trouble === "soundless")) names.push(seen.sound.trouble);
  if (seen.sound.microphone === "refused" && seen.sound.trouble !== "soundless") names.push("refused_microphone");
  const texts = names.map((name) => t(`notice_${name}`));
  if (texts.join() === [...$("notices").children].map((one) => one.textContent).join()) return;
  $("notices").replaceChildren(...texts.map((text, place) => make("p", { text, className: `notice ${names[place]}` })));
}

function showClosed(seen) {
  const command = COMMANDS[seen.closed];
  $("closed-title").textContent = t(`closed_${seen.closed}`);
  $("closed-words").textContent = t(`closed_${seen.closed}_words`).replace("{speed}", seen.state?.speed ?? "");
  $("closed-code").textContent = command;
  $("closed-code").hidden = !command;
}

function showCustomers(numbers) {
  $("customers").hidden = numbers.length === 0;
  $("customers-list").replaceChildren(...numbers.map((number) => (
    make("li", {}, make("button", { type: "button", className: "num", text: grouped(number), onclick: () => acts.signIn(number) }))
  )));
}

function showReachable(reachable) {
  $("reachable").hidden = reachable.length === 0;
  $("reachable-list").replaceChildren(...reachable.map(({ address, name }) => make("li", {}, make("button", {
    type: "button", className: "num", text: [name, shown(address)].filter(Boolean).join("　"), onclick: () => fill(address),
  }))));
}

function fill(address) {
  $("to").value = address;
  $("to").focus();
}

function showStage(seen, stage) {
  const call = seen.state.call ?? (stage === "ended" ? seen.ended : null);
  const titles = { idle: t("waiting"), away: "" };
  $("stage-title").textContent = call ? [call.name, shown(call.other)].filter(Boolean).join("　") : titles[stage];
  $("stage-words").textContent = stageWords(call, stage);
  showList($("parameters"), Object.entries(call?.parameters ?? {}));
  $("mute-words").textContent = t(seen.sound.muted ? "unmute" : "mute");
  $("mute").setAttribute("aria-pressed", String(seen.sound.muted));
  if (seen.state.call && seen.state.call.sid !== shownCall) {
    shownCall = seen.state.call.sid;
    $("captions").replaceChildren();
  }
  seen.state.call?.captions.forEach((one, place) => caption(place, one, seen));
}

function stageWords(call, stage) {
  if (stage === "idle") return t("waiting_words");
  if (stage === "ended") return t(ending(call)) + (call.seconds ? `　${clock(call.seconds)}` : "");
  return t(`${stage}_words`);
}

function ending(call) {
  const own = !call.outgoing && call.status !== "completed" && call.status !== "lost";
  return `${own ? "in" : "ended"}_${call.status}`;
}

// One more line of what was said; a line that is there already is left alone.
export function caption(place, one, seen) {
  const list = $("captions");
  if (list.children.length > place) return;
  const begun = seen.state?.call?.answered ?? one.at;
  const line = make("li", { className: `by-${one.who}` }, make("div", { className: "faint" },
    make("span", { text: t(one.who) }), make("time", { className: "num", text: clock(one.at - begun) })));
  line.append(one.who === "keys" ? make("p", {}, ...[...one.text].map((key) => make("kbd", { text: key }))) : make("p", { text: one.text }));
  list.append(line);
  list.scrollTop = list.scrollHeight;
}

function showSide(state) {
  const facts = Object.entries(state.facts);
  $("facts-block").hidden = facts.length === 0;
  showList($("facts"), facts.map(([name, value]) => [known(`fact_${name}`) ? t(`fact_${name}`) : name, value]));
  $("no-calls").hidden = state.calls.length > 0;
  $("calls").replaceChildren(...state.calls.map(pastCall));
  showList($("hints"), HINTS.map(([keys, name]) => [keys, t(name)]));
}

function pastCall(call) {
  const way = call.outgoing ? "out" : "in";
  const when = new Date(call.at * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
  const outcome = t(`${way}_${call.status}`) + (call.seconds ? ` ${clock(call.seconds)}` : "");
  const missed = !call.outgoing && call.status === "no-answer";
  return make("li", { className: missed ? "missed" : "" },
    make("button", { type: "button", onclick: () => fill(call.other) },
      make("span", { className: `way ${way}`, text: call.outgoing ? "↗" : "↙", title: t(call.outgoing ? "outgoing" : "incoming") }),
      make("span", { className: "num", text: shown(call.other) }), make("time", { className: "num", text: when }),
      make("small", { text: outcome })));
}

function showList(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
}

// What is to be done next has the keyboard: accepting while it rings, keys in a call.
function focus(stage) {
  if (stage === shownStage) return;
  shownStage = stage;
  if (stage === "ringing") $("accept").focus();
  else if (stage === "away") $("number").focus();
  else if (document.activeElement?.checkVisibility?.() === false) document.activeElement.blur();
}

export function tick(seen) {
  const call = seen.state?.call;
  const talking = call?.stage === "talking";
  $("timer").textContent = talking ? clock(Date.now() / 1000 + seen.offset - call.answered) : "";
  const { heard, said } = seen.sound.levels();
  level($("level-in"), heard);
  level($("level-out"), said);
}

function level(bar, value) {
  bar.dataset.level = value.toFixed(2);
  bar.firstElementChild.style.transform = `scaleX(${value.toFixed(2)})`;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const parts = hours ? [hours, minutes, whole % 60] : [minutes, whole % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function shown(address) {
  return address.startsWith("client:") ? address.slice(7) : grouped(address);
}

// +86 138 1234 5678 is easier to read than thirteen digits in a row.
function grouped(number) {
  const mobile = /^(\+86)(1\d\d)(\d{4})(\d{4})$/.exec(number);
  if (mobile) return mobile.slice(1).join(" ");
  const other = /^(\+(?:86|1))(\d{2,3}?)(\d{4})(\d{4})$/.exec(number);
  return other ? other.slice(1).join(" ") : number;
}
