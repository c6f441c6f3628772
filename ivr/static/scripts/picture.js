// The diagram of a script: where the talk stands, what is behind it, and the step that somebody picks.

const STATES = ["now", "done", "bad", "also"];

export class Picture {
  // `picked(step)` is told of every step that is clicked in the diagram.
  constructor(frame, picked = () => {}) {
    this.frame = frame;
    frame.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-step]");
      if (!link) return;
      event.preventDefault();
      this.show(link.dataset.step);
      picked(link.dataset.step);
    });
  }

  box(step) {
    return this.frame.querySelector(`a.step[data-step="${CSS.escape(step)}"]`);
  }

  /** Marks steps by state: [[step, state], …]; the one that is `now` comes into view. */
  mark(states) {
    for (const box of this.frame.querySelectorAll("a.step")) box.classList.remove(...STATES);
    for (const [step, state] of states) this.box(step)?.classList.add(state);
    const now = states.find(([, state]) => state === "now");
    if (now) this.#scroll(this.box(now[0]));
  }

  /** Marks the steps with findings. */
  found(steps) {
    for (const box of this.frame.querySelectorAll("a.step")) box.classList.toggle("found", steps.has(box.dataset.step));
  }

  /** Marks the steps whose words changed. */
  changed(steps) {
    for (const box of this.frame.querySelectorAll("a.step")) box.classList.toggle("changed", steps.has(box.dataset.step));
  }

  /** Brings a step into view and points at it. */
  show(step) {
    for (const box of this.frame.querySelectorAll("a.step.picked")) box.classList.remove("picked");
    const box = this.box(step);
    box?.classList.add("picked");
    this.#scroll(box);
  }

  #scroll(box) {
    if (!box) return;
    const { top, height } = box.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const middle = this.frame.scrollTop + top - frame.top - (frame.height - height) / 2;
    this.frame.scrollTo({ top: Math.max(0, middle), behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}
