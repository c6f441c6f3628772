// The supervisor's own telephone: listens, whispers or steps in, as the server has noted it.

import { ask } from "../ask.js";

export class Listening {
  call = null;
  mode = "";
  #phone = null;

  /** `told()` is called whenever something changed. */
  constructor(element, base, told) {
    this.element = element;
    this.base = base;
    this.told = told;
  }

  get state() {
    return this.#phone?.state ?? "off";
  }

  get words() {
    return this.#phone?.words(this.#phone.reason || this.state) ?? "";
  }

  /** Takes part in a call; another mode of the same call changes the line that stands. */
  async join(call, mode) {
    const noted = await ask(`${this.base}/listen`, { call_id: Number(call), mode });
    const stands = this.call === call && noted.joined;
    this.call = call;
    this.mode = noted.mode;
    this.told();
    if (stands) return;
    this.#hangUp();
    try {
      const { Softphone } = await import("../softphone.js"); // only who listens needs it
      this.#phone = Softphone.of(this.element);
      this.#phone.addEventListener("state", () => this.told());
      await this.#phone.start({ desk: noted.desk, mode: noted.mode });
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** Leaves when the agent no longer has the call: the next customer in the room is another one. */
  keepTo(calls) {
    if (this.call !== null && calls.get(this.call)?.performer !== "agent") this.leave();
  }

  leave() {
    this.#hangUp();
    this.call = null;
    this.mode = "";
    this.told();
  }

  #hangUp() {
    this.#phone?.stop();
    this.#phone = null;
  }
}
