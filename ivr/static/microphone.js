// The microphone: whether there is one, whether we may listen, and how loud it is.

import { Trouble, within } from "./trouble.js";

const REASONS = {
  NotAllowedError: "no_permission",
  SecurityError: "no_permission",
  NotFoundError: "no_microphone",
  OverconstrainedError: "no_microphone",
  NotReadableError: "microphone_busy",
  AbortError: "microphone_busy",
};
const HEARD = 0.01; // of the full level: louder than the noise of an open microphone

/** Opens the microphone; Trouble says in one word why that cannot be. */
export async function open(audio, patience) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Trouble("not_secure", { stops: true });
  const asked = navigator.mediaDevices.getUserMedia({ audio });
  try {
    return await within(asked, patience, "no_permission");
  } catch (error) {
    asked.then(close, () => {});
    throw new Trouble(REASONS[error.name] ?? error.code ?? "no_microphone", { stops: true });
  }
}

/** Switches a microphone off. */
export function close(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Shows how loud a microphone is: `onLevel(level from 0 to 1, milliseconds since somebody was heard)`. */
export class Meter {
  #context = new AudioContext();
  #heard = performance.now();
  #stream;
  #timer;

  constructor(stream, onLevel) {
    this.#stream = stream;
    const analyser = this.#context.createAnalyser();
    const samples = new Float32Array(analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(analyser);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      if (level > HEARD) this.#heard = performance.now();
      onLevel(Math.min(1, level), performance.now() - this.#heard);
    }, 100);
  }

  /** Stops measuring and switches the microphone off. */
  close() {
    clearInterval(this.#timer);
    close(this.#stream);
    this.#context.close();
  }
}
