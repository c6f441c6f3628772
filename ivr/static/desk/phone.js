// The agent's own line: the telephone in the page, or the one on the desk. The page knows it by these few verbs.

import { $, button, make } from "./build.js";
import { notice } from "./head.js";
import { t } from "./words.js";

const CHOSEN = "huifang.line";
const LINES = { off: "off", microphone: "opening", connecting: "opening", standing: "open", shaky: "shaky", waiting: "lost", stopped: "refused" };
const NOTICES = { shaky: "audio_shaky", lost: "audio_lost", refused: "audio_refused" };
const HEARD = 0.05;

export class Phone {
  // `softphone` is null where the browser cannot call; `ring` asks the server to ring the telephone on the desk.
  constructor(softphone, ring) {
    this.softphone = softphone;
    this.ring = ring;
    this.line = "off";
    this.meter = null;
    this.device = softphone ? localStorage.getItem(CHOSEN) ?? "browser" : "phone";
    softphone?.addEventListener("state", ({ detail }) => this.heard(detail));
    softphone?.addEventListener("muted", () => this.show());
    softphone?.addEventListener("level", ({ detail }) => { $("level").style.transform = `scaleX(${Math.min(1, detail.input * 2)})`; });
  }

  heard({ state, words }) {
    this.line = LINES[state] ?? "off";
    this.show();
    const name = NOTICES[this.line];
    const action = this.line === "refused" ? button(t("connect_again"), "", () => this.connect()) : null;
    notice("audio", name ? t(name, { why: words }) : null, { className: name === "audio_shaky" ? "" : "alarm", action });
  }

  // Brings the line up; asked again, it changes nothing.
  connect() {
    this.silence();
    if (this.device === "phone") this.ring();
    else this.softphone.start();
  }

  // After a reload of the page, what stood in it before stands again.
  resume({ state, leg, device }) {
    if (leg && device === "phone") this.choose("phone");
    else if (state !== "off" && this.device === "browser") this.connect();
  }

  close() {
    this.softphone?.stop();
  }

  get busy() {
    return ["opening", "shaky", "lost", "refused"].includes(this.line);
  }

  mute() {
    if (this.device === "browser") this.softphone.mute();
  }

  press(key) {
    if (this.device === "browser") this.softphone.press(key);
  }

  show() {
    const muted = this.softphone?.muted ?? false;
    $("line").dataset.line = this.line;
    $("line").textContent = this.device === "phone" ? t("line_phone") : t(`line_${this.line}`);
    $("meter").hidden = this.line !== "open" || this.device === "phone";
    $("mute").setAttribute("aria-pressed", String(muted));
    $("mute").firstElementChild.textContent = t(muted ? "unmute" : "mute");
    $("mute").disabled = $("keypad").disabled = this.device === "phone";
    notice("muted", muted ? t("muted_words") : null);
  }

  choose(device) {
    this.device = device;
    localStorage.setItem(CHOSEN, device);
    this.show();
  }

  // Where one speaks and hears, with a look at the microphone; shown before the shift and after a lost line.
  setup() {
    this.panel ??= this.draw();
    return this.panel;
  }

  draw() {
    const ways = [["browser", t("line_browser")], ["phone", t("line_phone")]].map(([value, label]) => make("label", { className: "way-in" },
      make("input", { type: "radio", name: "line", value, checked: this.device === value, disabled: value === "browser" && !this.softphone, onchange: () => this.choose(value) }),
      make("span", { text: label })));
    return make("section", { className: "setup", aria: { label: t("line_setup") } },
      make("div", { className: "ways", role: "radiogroup", aria: { label: t("line_setup") } }, ...ways),
      this.softphone ? this.check() : make("p", { className: "alarm", text: t("no_softphone") }));
  }

  check() {
    const level = make("i");
    const inputs = select("microphone", (id) => this.softphone.useInput(id));
    const outputs = select("speaker", (id) => this.softphone.useOutput(id));
    const result = make("p", { className: "soft", text: t("mic_unknown"), role: "status" });
    const loud = (value) => {
      level.style.transform = `scaleX(${Math.min(1, value * 2)})`;
      if (value > HEARD) result.textContent = t("mic_heard");
    };
    const listen = async () => {
      this.silence();
      try {
        result.textContent = t("mic_speak");
        this.meter = await this.softphone.check(loud);
        const found = await this.softphone.devices();
        fill(inputs, found.inputs, found.input);
        fill(outputs, found.outputs, found.output);
      } catch (trouble) {
        result.textContent = this.softphone.words(trouble.code);
      }
    };
    return make("div", { className: "check" }, inputs, outputs, make("div", { className: "level", aria: { hidden: "true" } }, level), result, button(t("mic_check"), "", listen));
  }

  silence() {
    this.meter?.close();
    this.meter = null;
  }
}

function select(name, use) {
  const list = make("select", { onchange: () => use(list.value) });
  return make("label", { hidden: true }, make("span", { text: t(name) }), list);
}

function fill(label, devices, chosen) {
  label.hidden = devices.length === 0;
  label.querySelector("select").replaceChildren(...devices.map((one) => make("option", { value: one.deviceId, text: one.label, selected: one.deviceId === chosen })));
}
