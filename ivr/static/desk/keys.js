// The keyboard: one key, one act. In text fields keys are text; a held key acts once.

const FIELDS = "input, textarea, select, [contenteditable]";
const OWN = "button, a, summary, select, option";

// The key as it is printed, even while an input method for Chinese is switched on.
export function keyOf(event) {
  if (event.key === "Process" || event.key.charCodeAt(0) > 127) {
    const printed = /^(?:Key([A-Z])|Digit(\d)|Numpad(\d))$/.exec(event.code);
    return printed ? printed[1] ?? printed[2] ?? printed[3] : event.key;
  }
  return event.key.length === 1 ? event.key.toUpperCase() : event.key;
}

const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

// `act(key)` says whether the key meant something; `leave()` takes the focus out of a field.
export function listen(act, leave) {
  addEventListener("keydown", (event) => {
    if (!plain(event) || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.matches(FIELDS)) {
      if (event.key === "Escape") {
        event.preventDefault();
        leave();
      }
      return;
    }
    if ((event.key === "Enter" || event.key === " ") && event.target.matches(OWN)) {
      if (event.repeat) event.preventDefault();
      return;
    }
    if (event.repeat) return;
    if (act(keyOf(event))) event.preventDefault();
  });
}
