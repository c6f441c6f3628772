// Shows the figures of a campaign: sums, outcomes with their reasons, deadlines, hours, what stands aside.

import { $, make, whenChanged } from "../desk/build.js";
import { bar, bars } from "./bars.js";

const SUMS = ["due", "success", "coverage", "in_time_rate", "on_time_rate", "overdue", "waiting", "in_progress", "reached", "attempts"];
const RATES = new Set(["coverage", "in_time_rate", "on_time_rate"]);
const COLOURS = { SUCCESS: "success", PROBLEM: "issue", PARTIAL: "partial", REFUSED: "refused" };

export const number = (count) => count.toLocaleString("en-US");
const rate = (share) => (share === null ? "–" : `${(100 * share).toFixed(1)}%`);
const clock = (text) => new Date(text).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(5, 16);

export class Figures {
  #words;
  #link;
  #parts;

  constructor(words, base, reads) {
    this.#words = words;
    this.#link = (reason, state) => (reads ? `${base}/tasks?reason=${encodeURIComponent(reason)}&state=${state}` : "");
    this.#parts = [
      whenChanged((seen) => seen.status, (seen) => this.#status(seen)),
      whenChanged((seen) => [seen.troubles, seen.stop_reason], (seen) => this.#troubles(seen)),
      whenChanged((seen) => [seen.sums, seen.today], (seen) => this.#sums(seen)),
      whenChanged((seen) => [seen.outcomes, seen.reasons, seen.problems], (seen) => this.#outcomes(seen)),
      whenChanged((seen) => seen.days, (seen) => this.#days(seen)),
      whenChanged((seen) => seen.hours, (seen) => this.#hours(seen)),
      whenChanged((seen) => [seen.blocked, seen.elsewhere, seen.cancelled, seen.left_out, seen.alarms], (seen) => this.#aside(seen)),
    ];
  }

  show(seen) {
    for (const part of this.#parts) part(seen);
  }

  word(sort, code) {
    return this.#words[`${sort}_${code}`] ?? this.#words[`reason_${code}`] ?? code;
  }

  #status({ status }) {
    const colours = { running: "good", draft: "must", paused: "must", stopped: "stop" };
    $("status").className = `tag ${colours[status] ?? ""}`;
    $("status").textContent = this.#words[`status_${status}`];
  }

  #troubles({ troubles, stop_reason: reason }) {
    const told = troubles.map(([code, detail]) => {
      const shown = code === "outside_hours" ? clock(detail) : detail;
      const words = (this.#words[`trouble_${code}`] ?? code).replace("{detail}", shown);
      return make("p", { className: code === "outside_hours" ? "notice" : "problem", text: words });
    });
    if (reason) told.push(make("p", { className: "notice", text: `${this.#words.stop_reason}：${reason}` }));
    $("troubles").replaceChildren(...told);
    $("troubles").hidden = told.length === 0;
  }

  #sums({ sums, today }) {
    const shown = SUMS.map((name) => this.#sum(this.#words[name], RATES.has(name) ? rate(sums[name]) : number(sums[name]), name === "overdue" && sums.overdue ? "stop" : ""));
    shown.push(this.#sum(this.#words.today, number(today.placed)), this.#sum(this.#words.this_hour, number(today.this_hour)));
    $("sums").replaceChildren(...shown);
  }

  #sum(words, text, className = "") {
    return make("li", { className }, make("span", { text: words }), make("b", { text, className: "num" }));
  }

  #outcomes({ outcomes, reasons, problems, sums }) {
    const parts = Object.entries(outcomes).map(([name, count]) => [COLOURS[name] ?? "other", count]);
    $("meter").replaceChildren(...bar(parts, Math.max(1, sums.due)).children);
    const rows = Object.entries(outcomes).flatMap(([name, count]) => [
      this.#row(this.#words[`outcome_${name}`], count, COLOURS[name] ?? "other"),
      ...(name === "PROBLEM" ? problems.map(([code, title, of]) => this.#row(`${code} ${title}`, of, "below")) : []),
      ...reasons.filter(([outcome, reason]) => outcome === name && reason && name !== "SUCCESS" && name !== "PROBLEM")
        .map(([, reason, of]) => this.#row(this.word("reason", reason), of, "below", this.#link(reason, ""))),
    ]);
    $("outcomes").tBodies[0].replaceChildren(...rows);
  }

  #days({ days, now }) {
    bars($("days"), days.map(([day, passed, success, other, open]) => [
      this.#words[`deadline_${day}`] ?? day.slice(5),
      [["success", success], ["other", other], [passed ? "late" : "open", open]],
      number(success + other + open),
      passed && open ? "late" : "",
    ]));
  }

  #hours({ hours }) {
    bars($("hours"), hours.map(([hour, placed, answered]) => [
      `${hour}:00`,
      [["success", answered], ["open", placed - answered]],
      number(placed),
    ]));
  }

  #aside({ blocked, elsewhere, cancelled, left_out: leftOut, alarms }) {
    const groups = [["blocked", blocked, "rule", "blocked"], ["left_out", leftOut, "rule", ""], ["elsewhere", elsewhere, "rule", "elsewhere"], ["cancelled", cancelled, "rule", "cancelled"], ["alarms", alarms, "alarm", ""]];
    const rows = groups.flatMap(([name, counts, sort, state]) => {
      const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return [
        this.#row(this.#words[name], all, ""),
        ...Object.entries(counts).map(([code, of]) => this.#row(this.word(sort, code), of, "below", state && this.#link(code, state))),
      ];
    });
    $("aside").tBodies[0].replaceChildren(...rows);
  }

  #row(words, count, className, href = "") {
    const name = href ? make("a", { href, text: words }) : document.createTextNode(words);
    return row(name, count, className);
  }
}

export function row(name, count, className = "") {
  return make("tr", { className }, make("th", { scope: "row" }, name), make("td", { className: "num", text: number(count) }));
}
