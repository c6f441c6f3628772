// The phone by keyboard: digits press keys, Enter accepts, Esc hangs up, M mutes, T types.

const PAD = "0123456789*#";
const CALLS = ["ringing", "calling", "talking"];

export function listen(acts, stage) {
  addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches("input")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (act(event.key, acts, stage(), event.target)) event.preventDefault();
  });
}

function act(key, acts, stage, target) {
  if (stage === "away") return false;
  if (PAD.includes(key) && key.length === 1 && stage !== "ringing") return acts.press(key), true;
  if (key === "Escape" && CALLS.includes(stage)) return acts.hangUp(), true;
  if (key === "Enter" && stage === "ringing" && !target.matches("button, a, summary")) return acts.accept(), true;
  if (stage !== "talking") return false;
  if (key === "m" || key === "M") return acts.mute(), true;
  if (key === "t" || key === "T" || key === "/") return document.getElementById("words").focus(), true;
  return false;
}
