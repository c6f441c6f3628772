// The agent's own line: the softphone in the page, or the telephone on the desk. The page knows it by these few verbs.

import { $, button, make } from "./build.js";
import { notice } from "./head.js";
import { t } from "./words.js";

const CHOSEN = "huifang.line";

export class Phone {
  // `softphone` is null where the browser has no sound; `ring` asks the server to ring the desk phone.
  constructor(softphone, ring) {
    this.softphone = softphone;
    this.ring = ring;
    this.muted = false;
    this.state = "off";
    this.device = softphone ? localStorage.getItem(CHOSEN) ?? "browser" : "phone";
    if (softphone) softphone.onState = (state, why) => this.heard(state, why);
  }

  heard(state, why = "") {
    this.state = state;
    $("line").dataset.line = state;
    $("line").textContent = t(`line_${state}`);
    const lost = state === "lost" || state === "refused";
    notice("audio", lost ? t(state === "lost" ? "audio_lost" : "audio_refused", { why }) : null, { className: "alarm", action: lost ? button(t("connect_again"), "", () => this.connect()) : null });
    if (state === "open") notice("no-line", null);
  }

  // Brings the line up; asked again, it changes nothing.
  async connect() {
    if (this.device === "phone") return void this.ring();
    if (this.state === "open" || this.state === "opening") return;
    await this.softphone.connect();
  }

  async close() {
    await this.softphone?.close();
  }

  mute() {
    if (this.device === "phone") return;
    this.muted = this.softphone.mute(!this.muted);
    this.show();
  }

  press(key) {
    this.softphone?.press(key);
  }

  show() {
    $("mute").setAttribute("aria-pressed", String(this.muted));
    $("mute").firstElementChild.textContent = t(this.muted ? "unmute" : "mute");
    $("mute").hidden = this.device === "phone";
    notice("muted", this.muted ? t("muted_words") : null);
  }

  choose(device) {
    this.device = device;
    localStorage.setItem(CHOSEN, device);
    this.show();
  }

  // Where one speaks and hears, with a look at the microphone; shown before the shift and after a lost line.
  setup() {
    if (!this.panel) this.panel = this.draw();
    return this.panel;
  }

  draw() {
    const ways = [["browser", t("line_browser")], ["phone", t("line_phone")]].map(([value, label]) => make("label", { className: "way-in" },
      make("input", { type: "radio", name: "line", value, checked: this.device === value, disabled: value === "browser" && !this.softphone, onchange: () => this.choose(value) }),
      make("span", { text: label })));
    const microphone = this.softphone ? this.check() : make("p", { className: "alarm", text: t("no_softphone") });
    return make("section", { className: "setup", aria: { label: t("line_setup") } }, make("div", { className: "ways", role: "radiogroup", aria: { label: t("line_setup") } }, ...ways), microphone);
  }

  check() {
    const level = make("i");
    const inputs = this.select("microphone", (id) => this.softphone.useMicrophone(id));
    const outputs = this.select("speaker", (id) => this.softphone.useSpeaker(id));
    const result = make("p", { className: "soft", text: t("mic_unknown"), role: "status" });
    const listen = async () => {
      try {
        const devices = await this.softphone.devices();
        fill(inputs.querySelector("select"), devices.microphones);
        fill(outputs.querySelector("select"), devices.speakers);
        outputs.hidden = devices.speakers.length === 0;
        await this.softphone.listen((loud) => {
          level.style.transform = `scaleX(${loud})`;
          if (loud > 0.15) result.textContent = t("mic_heard");
        });
        result.textContent = t("mic_speak");
      } catch {
        result.textContent = t("mic_refused");
      }
    };
    return make("div", { className: "check" }, inputs, outputs, make("div", { className: "level", aria: { hidden: "true" } }, level), result,
      button(t("mic_check"), "", listen));
  }

  select(name, use) {
    const list = make("select", { onchange: () => use(list.value) });
    return make("label", {}, make("span", { text: t(name) }), list);
  }
}

function fill(list, devices) {
  list.replaceChildren(...devices.map(({ id, label, chosen }) => make("option", { value: id, text: label, selected: chosen })));
}
