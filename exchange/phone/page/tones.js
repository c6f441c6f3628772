// The sounds the page makes itself: ringing, ringing at the other end, busy, keys.

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
const ROWS = ["123A", "456B", "789C", "*0#D"];

let context = null;
let repeating = { name: "", timer: 0 };

// Browsers allow sound after the first click or key only; nothing until then.
export function awaken() {
  if (!navigator.userActivation.hasBeenActive) return null;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

function beep(hertz, seconds, { level = 0.1, after = 0 } = {}) {
  const ear = awaken();
  if (ear?.state !== "running") return;
  const begins = ear.currentTime + after;
  const gain = new GainNode(ear, { gain: 0 });
  gain.gain.setValueAtTime(0, begins);
  gain.gain.linearRampToValueAtTime(level, begins + 0.01);
  gain.gain.setValueAtTime(level, begins + seconds - 0.02);
  gain.gain.linearRampToValueAtTime(0, begins + seconds);
  gain.connect(ear.destination);
  for (const frequency of hertz) {
    const tone = new OscillatorNode(ear, { frequency });
    tone.connect(gain);
    tone.start(begins);
    tone.stop(begins + seconds);
  }
}

export function key(name) {
  const row = ROWS.findIndex((keys) => keys.includes(name));
  if (row >= 0) beep([LOW[row], HIGH[ROWS[row].indexOf(name)]], 0.12, { level: 0.07 });
}

const ROUNDS = {
  ringing: [3000, () => { for (const n of [0, 1, 2, 3]) beep([n % 2 ? 784 : 659], 0.2, { after: n * 0.22 }); }],
  calling: [5000, () => beep([450], 1.0)],
};

// Plays one of the rounds until another one, or none, is asked for.
export function repeat(name) {
  if (repeating.name === name) return;
  clearInterval(repeating.timer);
  repeating = { name, timer: 0 };
  const round = ROUNDS[name];
  if (!round) return;
  round[1]();
  repeating.timer = setInterval(round[1], round[0]);
}

export function busy() {
  for (const n of [0, 1, 2]) beep([450], 0.35, { after: n * 0.7 });
}
