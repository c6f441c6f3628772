// The agent's telephone in the page: it stands in a room for as long as it is wanted, over Twilio's Voice SDK.
//
//   const phone = Softphone.of(document.querySelector("[data-softphone]"));
//   phone.addEventListener("state", ({ detail }) => show(detail.state, detail.words));
//   await phone.start();                       // an agent: the own room
//   await phone.start({ desk: 7, mode: "listen" });   // a supervisor
//
// States: off, microphone, connecting, standing, shaky, waiting (tries again by itself), stopped (somebody must act).

import * as microphone from "./microphone.js";
import { Trouble, troubleOf, within } from "./trouble.js";

const LIMITS = {
  permission: 60_000,
  token: 8_000,
  connect: 20_000,
  report: 2_000, // by then the carrier has told our server itself
  silence: 10_000, // no packet of sound, not even of silence
  shaky: 15_000, // the SDK itself gives up after 10 s, mostly
  steady: 10_000, // a line that stood for so long begins counting its losses anew
};
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
const RENEWAL = 5 * 60_000; // before a token ends
const SDK = new URL("./vendor/twilio-voice-sdk-2.18.5.min.js", import.meta.url).href;
const CHOICES = "softphone"; // where the chosen devices are remembered

/** One telephone; everything it tells is an event: state, muted, level, warning, devices. */
export class Softphone extends EventTarget {
  #options;
  #limits;
  #wanted = null; // the parameters of the line that should stand
  #turn = 0; // of the try that counts; whatever belongs to an earlier one is over
  #losses = 0;
  #device = null;
  #call = null;
  #sid = "";
  #muted = false;
  #timers = new Set();
  #heard = 0;
  state = "off";
  reason = "";

  /** Options: token, standing (URLs), exchange (its URL, where there is one), texts, limits, audio. */
  constructor(options) {
    super();
    this.#options = { audio: true, texts: {}, ...options };
    this.#limits = { ...LIMITS, ...options.limits };
    addEventListener("pagehide", () => this.stop());
    addEventListener("online", () => this.#again());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#devicesChanged());
  }

  /** The telephone that an element describes by its data attributes. */
  static of(element, more = {}) {
    const { texts, ...urls } = element.dataset;
    return new Softphone({ ...urls, texts: texts ? JSON.parse(texts) : {}, ...more });
  }

  /** The carrier's name of the line, empty while there is none. */
  get sid() {
    return this.state === "standing" || this.state === "shaky" ? this.#sid : "";
  }

  get muted() {
    return this.#muted;
  }

  /** A code in words of the page's language. */
  words(code) {
    return this.#options.texts[code] ?? code;
  }

  /** Stands in the room from now on, again and again if need be; resolves after the first try. */
  async start(params = {}) {
    if (this.#wanted && this.state !== "stopped") {
      this.#again();
      return;
    }
    this.#wanted = params;
    this.#sid = "";
    this.#losses = 0;
    await this.#stand();
  }

  /** Leaves the room. */
  stop() {
    if (!this.#wanted) return;
    this.#wanted = null;
    this.#release();
    this.#show("off");
  }

  /** Lets nobody hear the agent, or lets them hear again; it outlasts a lost line. */
  mute(on = !this.#muted) {
    this.#muted = on;
    this.#call?.mute(on);
    this.#tell("muted", { muted: on });
  }

  /** Presses keys of the telephone. */
  press(keys) {
    this.#call?.sendDigits(keys);
  }

  /** The devices by kind, and the chosen ones: { inputs, outputs, input, output }; outputs may be empty. */
  async devices() {
    const found = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (kind) => found.filter((one) => one.kind === kind).map(({ deviceId, label }) => ({ deviceId, label }));
    const sink = "setSinkId" in HTMLMediaElement.prototype;
    return { inputs: of("audioinput"), outputs: sink ? of("audiooutput") : [], ...chosen() };
  }

  /** Speaks through this microphone from now on. */
  async useInput(deviceId) {
    choose({ input: deviceId });
    if (this.#device) await this.#speakThrough(deviceId);
  }

  /** Is heard through this loudspeaker from now on. */
  async useOutput(deviceId) {
    choose({ output: deviceId });
    await this.#device?.audio.speakerDevices.set(deviceId);
  }

  /** Tries the microphone: `onLevel(level, silentFor)` until the returned meter is closed; Trouble if it fails. */
  async check(onLevel) {
    const stream = await microphone.open(this.#audio(), this.#limits.permission);
    return new microphone.Meter(stream, onLevel);
  }

  async #stand() {
    this.#release();
    const turn = this.#turn;
    try {
      this.#show("microphone");
      microphone.close(await microphone.open(this.#audio(), this.#limits.permission));
      this.#expect(turn);
      this.#show("connecting");
      const Twilio = await within(this.#sdk(), this.#limits.token, "no_server");
      const { token, ttl } = await this.#fetchToken();
      this.#expect(turn);
      await within(this.#connect(Twilio, token, turn), this.#limits.connect, "no_line");
      this.#expect(turn);
      this.#renewIn(ttl, turn);
      this.#stands(turn);
    } catch (error) {
      this.#failed(error, turn);
    }
  }

  #expect(turn) {
    if (turn !== this.#turn) throw new Trouble("outdated");
  }

  async #connect(Twilio, token, turn) {
    const { audio } = this.#options;
    const device = (this.#device = new Twilio.Device(token, {
      enableImprovedSignalingErrorPrecision: true,
      maxCallSignalingTimeoutMs: 10_000, // a crashed browser's line must not stand for long
      tokenRefreshMs: 60_000,
      logLevel: "silent",
      ...(this.#options.exchange ? window.twilioLocal : {}),
    }));
    for (const sound of ["incoming", "outgoing", "disconnect"]) device.audio[sound](false);
    const refused = new Promise((_, reject) => device.on("error", (error) => reject(troubleOf(error))));
    refused.catch(() => {}); // later errors of the device show in the call
    device.on("tokenWillExpire", () => this.#renew(turn));
    if (typeof audio === "object") await device.audio.setAudioConstraints(audio);
    const { input, output } = chosen();
    if (input) await this.#speakThrough(input).catch(() => this.#tell("warning", { code: "device_gone" }));
    if (output) await device.audio.speakerDevices.set(output).catch(() => {});
    const call = await Promise.race([device.connect({ params: this.#wanted, rtcConstraints: { audio } }), refused]);
    if (turn !== this.#turn) call.disconnect();
    this.#expect(turn);
    this.#call = call;
    await Promise.race([accepted(call), refused]);
  }

  #stands(turn) {
    const call = this.#call;
    this.#sid = call.parameters.CallSid;
    call.mute(this.#muted);
    const lost = (error) => this.#failed(error ? troubleOf(error) : new Trouble("line_ended"), turn);
    call.on("disconnect", () => lost());
    call.on("error", lost);
    call.on("reconnecting", () => this.#shake(turn));
    call.on("reconnected", () => turn === this.#turn && this.#show("standing"));
    call.on("volume", (input, output) => this.#tell("level", { input, output }));
    call.on("warning", (name) => this.#tell("warning", { code: name }));
    call.on("warning-cleared", (name) => this.#tell("warning", { code: name, over: true }));
    this.#watch(call, turn);
    this.#show("standing");
    this.#later(this.#limits.steady, () => (this.#losses = 0));
    this.#later(this.#limits.report, () => this.#report(turn, 0));
  }

  /** A line may stand and carry nothing: behind some firewalls no sound comes through. */
  #watch(call, turn) {
    this.#heard = performance.now();
    call.on("sample", ({ packetsReceived }) => {
      if (packetsReceived > 0) this.#heard = performance.now();
    });
    const look = () => {
      const silent = performance.now() - this.#heard > this.#limits.silence;
      if (silent && this.state === "standing") this.#failed(new Trouble("no_sound"), turn);
      else this.#later(1_000, look);
    };
    this.#later(1_000, look);
  }

  #shake(turn) {
    if (turn !== this.#turn) return;
    this.#show("shaky", "no_network");
    this.#later(this.#limits.shaky, () => {
      if (this.state === "shaky") this.#failed(new Trouble("no_network"), turn);
    });
  }

  /** Tells the server that the line stands, because the carrier's word for it may be lost. */
  async #report(turn, tries) {
    if (!this.#options.standing || turn !== this.#turn) return;
    try {
      const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
      const answer = await fetch(this.#options.standing, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
        body: JSON.stringify({ leg: this.#sid }),
        signal: AbortSignal.timeout(this.#limits.token),
      });
      if (answer.ok) return;
    } catch {
      // as after an answer that is none
    }
    if (tries < PAUSES.length) this.#later(PAUSES[tries], () => this.#report(turn, tries + 1));
  }

  #failed(error, turn) {
    if (turn !== this.#turn || !this.#wanted) return;
    const trouble = troubleOf(error);
    this.#release();
    if (trouble.stops) {
      this.#show("stopped", trouble.code);
      return;
    }
    const pause = PAUSES[Math.min(this.#losses, PAUSES.length - 1)] * (0.75 + Math.random() / 2);
    this.#losses += 1;
    this.#show("waiting", trouble.code, Math.round(pause));
    this.#later(pause, () => this.#again());
  }

  #again() {
    if (this.state === "waiting") this.#stand();
  }

  #devicesChanged() {
    this.#tell("devices", {});
    if (this.state === "stopped" && this.reason === "no_microphone") this.start(this.#wanted);
  }

  async #renew(turn) {
    if (turn !== this.#turn) return;
    try {
      const { token, ttl } = await this.#fetchToken();
      this.#expect(turn);
      this.#device.updateToken(token);
      this.#renewIn(ttl, turn);
    } catch (error) {
      if (error.code === "signed_out" || error.code === "replaced") this.#failed(error, turn);
      else this.#later(30_000, () => this.#renew(turn));
    }
  }

  #renewIn(ttl, turn) {
    this.#later(Math.max(ttl * 500, ttl * 1000 - RENEWAL), () => this.#renew(turn));
  }

  /** A token from our server; the last line is named, so that another place's line is not taken over. */
  async #fetchToken() {
    const url = new URL(this.#options.token, location.href);
    if (this.#sid) url.searchParams.set("leg", this.#sid);
    let answer;
    try {
      const signal = AbortSignal.timeout(this.#limits.token);
      answer = await fetch(url, { cache: "no-store", redirect: "manual", signal });
      if (answer.ok) return await answer.json();
    } catch {
      throw new Trouble(navigator.onLine ? "no_server" : "no_network");
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new Trouble("signed_out", { stops: true });
    const { error } = await answer.json().catch(() => ({}));
    throw new Trouble(error?.code ?? "no_server", { stops: Boolean(error?.code) });
  }

  async #sdk() {
    if (this.#options.exchange) await script(`${this.#options.exchange}/sdk/local.js`);
    await script(SDK);
    return window.Twilio;
  }

  #audio() {
    const { input } = chosen();
    const { audio } = this.#options;
    return input ? { ...(typeof audio === "object" ? audio : {}), deviceId: { ideal: input } } : audio;
  }

  #speakThrough(deviceId) {
    const { audio } = this.#device;
    return deviceId ? audio.setInputDevice(deviceId) : audio.unsetInputDevice();
  }

  #release() {
    this.#turn += 1;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const [call, device] = [this.#call, this.#device];
    this.#call = this.#device = null;
    call?.disconnect();
    device?.destroy();
  }

  #later(milliseconds, act) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, Math.max(0, milliseconds));
    this.#timers.add(timer);
  }

  #show(state, reason = "", retryIn = 0) {
    this.state = state;
    this.reason = reason;
    this.#tell("state", { state, reason, words: reason ? this.words(reason) : "", retryIn });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Resolves when the application answered the call, rejects when it will not. */
function accepted(call) {
  return new Promise((resolve, reject) => {
    call.once("accept", resolve);
    call.once("error", (error) => reject(troubleOf(error)));
    for (const end of ["disconnect", "cancel", "reject"]) call.once(end, () => reject(new Trouble("no_line")));
  });
}

const scripts = new Map();

/** Loads a classic script once; one that failed is loaded anew. */
function script(url) {
  if (!scripts.has(url)) {
    const loaded = new Promise((resolve, reject) => {
      const element = document.createElement("script");
      Object.assign(element, { src: url, onload: resolve, onerror: () => reject(new Trouble("no_server")) });
      document.head.append(element);
    });
    loaded.catch(() => scripts.delete(url));
    scripts.set(url, loaded);
  }
  return scripts.get(url);
}

function chosen() {
  return { input: "", output: "", ...JSON.parse(localStorage.getItem(CHOICES) ?? "{}") };
}

function choose(change) {
  localStorage.setItem(CHOICES, JSON.stringify({ ...chosen(), ...change }));
}
