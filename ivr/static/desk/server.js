// Talks to the server. What the agent did is kept until the server has it: it is sent in order, as often as it
// takes, and the server answers a repeat with what it answered before.

import { given } from "./given.js";

const CSRF = document.querySelector('meta[name="csrf"]').content;
const BASE = given.base;
const OUTBOX = `huifang.desk.${given.user}`;
const PATIENCE = 8_000;
const PAUSES = [500, 1_000, 2_000, 3_000];

export class Lost extends Error {}

export class Refused extends Error {
  constructor(status, { code = "", message = "" } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class Server {
  // `on` is told of documents, of refusals, and of a server that is lost or back.
  constructor(on) {
    this.on = on;
    this.waiting = read();
    this.sending = false;
    this.failures = 0;
  }

  // Looks once more after the look that is under way, because that one may be too old.
  async look() {
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    this.again = false;
    const doc = await this.ask("/desk/now").catch((error) => this.failed(error, "look"));
    this.looking = false;
    if (!doc) return;
    this.on.document(doc);
    this.drain();
    if (this.again) this.look();
  }

  // Asks once; for what is of no use later.
  async post(path, body = {}) {
    const doc = await this.ask(path, body).catch((error) => this.failed(error));
    if (doc) this.on.document(doc);
    return doc ?? null;
  }

  // Keeps it until it is answered; `secret` things are kept in memory only.
  keep(path, body, { secret = false } = {}) {
    this.waiting.push({ path, body, secret });
    write(this.waiting);
    this.drain();
  }

  forget() {
    this.waiting = [];
    write(this.waiting);
  }

  async drain() {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.length && (await this.first()));
    this.sending = false;
  }

  async first() {
    const { path, body } = this.waiting[0];
    try {
      const doc = await this.ask(path, body);
      this.sent();
      this.on.document(doc);
    } catch (error) {
      if (error instanceof Lost) {
        this.failed(error);
        await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(this.failures, PAUSES.length) - 1]));
        return true;
      }
      if (!signedOut(error)) this.sent();
      this.failed(error);
      return !signedOut(error);
    }
    return true;
  }

  sent() {
    this.waiting.shift();
    write(this.waiting);
  }

  failed(error, what = "act") {
    if (error instanceof Lost) {
      this.failures += 1;
      this.on.lost();
    } else {
      this.on.refused(error, what);
    }
    return null;
  }

  async ask(path, body) {
    const answer = await request(path, body);
    this.failures = 0;
    this.on.back();
    return answer;
  }
}

// Signed out, or the page is of an earlier session: whoever signs in again sends what was kept.
export const signedOut = ({ status, code }) => status === 401 || code === "stale";

async function request(path, body) {
  const options = { signal: AbortSignal.timeout(PATIENCE), headers: { Accept: "application/json" }, redirect: "error" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRF-Token"] = CSRF;
    options.body = JSON.stringify(body);
  }
  const response = await fetch(BASE + path, options).catch(() => { throw new Lost(); });
  if (response.status >= 500) throw new Lost();
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, answer?.error);
  if (answer === null) throw new Lost(); // it broke off in the middle
  return answer;
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(OUTBOX) ?? "[]");
  } catch {
    return [];
  }
}

function write(waiting) {
  const kept = waiting.filter((one) => !one.secret);
  try {
    if (kept.length) localStorage.setItem(OUTBOX, JSON.stringify(kept));
    else localStorage.removeItem(OUTBOX);
  } catch {
    // A browser without storage keeps it in memory.
  }
}
