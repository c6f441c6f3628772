// Draws the sections of the page from the rows.

import { $, make } from "../desk/build.js";
import { age } from "./rows.js";
import { Table, cell } from "./tables.js";

const ORDER = ["talking", "dialing", "wrapup", "offered", "ready", "paused"];
const BUSY = ["ready", "talking", "wrapup", "paused"];

export class Sections {
  constructor(parts) {
    Object.assign(this, parts);
    const table = (name, draw) => new Table($(name).tBodies[0], $(name).parentElement.querySelector(".empty"), draw);
    this.agents = table("agents", (key, row, element) => this.#agent(row, element));
    this.calls = table("calls", (key, row, element) => this.#call(key, row, element));
    this.campaigns = table("campaigns", (key, row, element) => this.#campaign(key, row, element));
    this.promises = table("promises", (key, row, element) => this.#promise(row, element));
  }

  show() {
    const { rows } = this;
    const units = new Set([...rows.agents.values(), ...rows.campaigns.values()].map((row) => row.unit));
    units.delete("");
    this.chosen.units([...units].sort());
    document.body.classList.toggle("one-unit", units.size < 2);
    this.#showSums();
    this.#showQueue();
    const agents = [...rows.agents].filter(([, row]) => this.chosen.agent(row))
      .sort(([, a], [, b]) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.since.localeCompare(b.since));
    $("agents-count").textContent = this.agents.show(agents);
    const calls = [...rows.calls].map(([key, row]) => [key, { ...row, ...this.#partners(row), queue: rows.queue.get(key) }])
      .filter(([, row]) => this.chosen.call(row, row.by, row.from))
      .sort(([, a], [, b]) => rank(a) - rank(b) || a.since.localeCompare(b.since));
    $("calls-count").textContent = this.calls.show(calls);
    this.campaigns.show([...rows.campaigns]);
    const promises = [...rows.promises].map(([key, row]) => [key, { ...row, late: this.#late(row), name: this.#name(row) }])
      .sort(([, a], [, b]) => (a.due ?? "9").localeCompare(b.due ?? "9"));
    this.promises.show(promises);
    this.showListening();
  }

  showListening() {
    const { call, mode, state } = this.listening;
    $("listening").hidden = call === null;
    if (call === null) return;
    const row = this.rows.calls.get(call);
    const stands = state === "standing" ? this.words[`now_${mode}`] : this.listening.words || this.words.connecting;
    $("listening-words").textContent = `${stands} · ${row ? who(row) : this.words.call_over}`;
    const modes = [["listen", this.acts.listen], ["whisper", this.acts.whisper], ["step_in", this.acts.stepIn]];
    $("listening-modes").replaceChildren(...modes.map(([name, act]) =>
      make("button", { type: "button", text: this.words[name], aria: { pressed: name === mode }, onclick: () => act(call) })));
  }

  #showSums() {
    const { agents, calls, queue, sums } = this.rows;
    const states = [...agents.values()].map((row) => row.state);
    const { open = 0, overdue = 0 } = sums.get("promises") ?? {};
    const items = BUSY.map((state) => [this.words[`state_${state}`], states.filter((one) => one === state).length, ""]);
    items.push([this.words.calls, calls.size, ""], [this.words.queue, queue.size, queue.size ? "must" : ""],
      [this.words.promises, open, ""], [this.words.overdue, overdue, overdue ? "stop" : ""]);
    $("promises-count").textContent = open || "";
    $("sums").replaceChildren(...items.map(([label, count, tone]) =>
      make("li", { className: tone }, make("b", { className: "num", text: String(count) }), make("span", { text: label }))));
  }

  #showQueue() {
    const waiting = [...this.rows.queue].sort(([, a], [, b]) => a.position - b.position);
    $("queue-count").textContent = waiting.length || "";
    $("queue-empty").hidden = waiting.length > 0;
    $("queue").replaceChildren(...waiting.map(([key, row]) => this.#waiting(row, this.rows.calls.get(key))));
  }

  #waiting(row, call) {
    return make("li", { className: row.first ? "first" : "" },
      make("b", { className: "num", text: String(row.position) }),
      make("span", { text: call ? who(call) : "" }),
      this.#age(row.since),
      make("span", { className: "soft", text: this.words[`why_${row.reason}`] ?? row.reason }));
  }

  #partners(row) {
    return {
      by: row.agent === null ? null : this.rows.agents.get(String(row.agent)) ?? null,
      from: row.campaign === null ? null : this.rows.campaigns.get(String(row.campaign)) ?? null,
    };
  }

  #agent(row, element) {
    element.dataset.call = row.call ?? "";
    const line = row.leg ? row.device : "lost";
    const reason = row.reason ? this.words[`reason_${row.reason}`] ?? row.reason : "";
    const next = row.pause_next ? `→ ${this.words[`reason_${row.pause_next}`] ?? row.pause_next}` : "";
    element.replaceChildren(
      make("td", {}, make("b", { text: row.name }), make("span", { className: "soft num", text: ` ${row.staff_no}` }),
        row.unit ? make("span", { className: "unit soft", text: row.unit }) : null),
      make("td", {}, make("span", { className: "dot", data: { state: row.state }, text: this.words[`state_${row.state}`] }),
        make("span", { className: "soft", text: ` ${[reason, next].filter(Boolean).join(" ")}` }),
        line === "lost" ? make("span", { className: "tag must", text: this.words.line_lost }) : null),
      make("td", { className: "num" }, this.#age(row.since)),
      cell(String(row.today), "num"));
  }

  #call(key, row, element) {
    const performer = row.performer === "agent" ? row.by?.name ?? this.words.agent : this.words.robot;
    const standing = row.answered ? "" : this.words[`status_${row.status}`] ?? row.status;
    element.replaceChildren(
      make("td", {}, make("b", { text: row.name || this.words.unknown }),
        make("span", { className: "soft num", text: ` ${row.number}` }),
        make("span", { className: "unit soft", text: `${this.words[row.direction]} · ${row.from?.name ?? this.words.hotline}` })),
      make("td", {}, row.queue ? make("span", { className: "dot waits", text: this.words.waits })
        : make("span", { className: "dot", data: { performer: row.performer }, text: performer }),
        standing ? make("span", { className: "soft", text: ` ${standing}` }) : null),
      make("td", { className: "step" }, make("span", { text: row.words || row.step }),
        make("span", { className: "unit soft", text: row.script })),
      make("td", {}, row.of ? make("progress", { max: row.of, value: row.told }) : null,
        row.of ? make("span", { className: "num soft", text: ` ${row.told}/${row.of}` }) : null),
      make("td", { className: "num" }, this.#age(row.since)),
      make("td", { className: "do" }, ...this.#buttons(key, row)));
  }

  #buttons(key, row) {
    const { acts, may, words } = this;
    const one = (name, letter, act) => make("button", { type: "button", tabIndex: -1, title: words[name],
      aria: { keyshortcuts: letter }, onclick: () => act(key) }, make("span", { text: words[`${name}_short`] ?? words[name] }));
    const talks = row.performer === "agent" && row.answered;
    return [
      ...(may.act && talks ? [one("listen", "L", acts.listen), one("whisper", "W", acts.whisper), one("step_in", "I", acts.stepIn)] : []),
      ...(may.act && row.performer === "robot" && row.answered && !row.queue ? [one("person", "P", acts.toPerson)] : []),
      ...(may.act ? [one("end", "E", acts.end)] : []),
      ...(may.read ? [one("story", "↵", acts.read)] : []),
    ];
  }

  #campaign(key, row, element) {
    const running = row.status === "running";
    const act = running ? this.acts.pause : this.acts.start;
    element.replaceChildren(
      make("td", {}, make("b", { text: row.name }), row.unit ? make("span", { className: "unit soft", text: row.unit }) : null),
      make("td", {}, make("span", { text: this.words[`mode_${row.mode}`] ?? row.mode }),
        make("span", { className: `tag ${running ? "good" : "must"}`, text: this.words[`campaign_${row.status}`] })),
      make("td", {}, make("progress", { max: Math.max(1, row.tasks), value: row.finished }),
        make("span", { className: "num soft", text: ` ${row.finished}/${row.tasks}` })),
      cell(String(row.lines), "num"),
      make("td", { className: "do" }, this.may.act
        ? make("button", { type: "button", text: this.words[running ? "pause" : "start"], onclick: () => act(key, row.name) }) : null));
  }

  #promise(row, element) {
    const due = row.due ? new Date(row.due).toLocaleString(document.documentElement.lang, SHORT) : this.words.no_time;
    element.replaceChildren(
      make("td", { className: "num" }, make("span", { text: due }),
        row.late ? make("span", { className: "tag stop", text: this.words.overdue }) : null),
      cell(this.words[`promise_${row.kind}`] ?? row.kind), cell(`#${row.call}`, "num soft"), cell(row.name));
    element.dataset.call = row.call;
  }

  #late(row) {
    return row.due !== null && this.rows.since(row.due) > 0;
  }

  #name(row) {
    return this.rows.campaigns.get(String(row.campaign))?.name ?? "";
  }

  #age(since) {
    return make("time", { className: "num", data: { since }, text: age(this.rows.since(since)) });
  }
}

const SHORT = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" };

const who = (call) => `${call.name} ${call.number}`.trim();

// Those who wait first, then talks, then what rings.
const rank = (row) => (row.queue ? 0 : row.answered ? 1 : 2);
