// A field of words: text, and placeholders as chips that stand for a value and are not lost by accident.

const NAME = /\{([a-z][a-z0-9_]*)\}/;
const HEARD = /[\p{L}\p{N}]/gu;
const EMPTY = "\u200b"; // gives the caret a place beside a chip at the edge

export class Editor {
  // `changed()` is called after every change.
  constructor(node, changed) {
    this.node = node;
    this.changed = changed;
    this.chips = new Map([...node.querySelectorAll(".chip")].map((chip) => [chip.dataset.name, chip.cloneNode(true)]));
    this.names = [...node.querySelectorAll(".chip")].map((chip) => chip.dataset.name);
    node.addEventListener("beforeinput", (event) => this.#guard(event));
    node.addEventListener("input", (event) => event.isComposing || this.#settle());
    node.addEventListener("compositionend", () => this.#settle());
    node.addEventListener("mousedown", (event) => this.#besideClicked(event));
    node.addEventListener("blur", () => this.#disarm());
    node.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    for (const kind of ["paste", "drop"]) node.addEventListener(kind, (event) => this.#plain(event));
    this.write(this.text);
  }

  /** The words with {placeholders}. */
  get text() {
    return [...this.node.childNodes].map(read).join("").replaceAll(EMPTY, "").replace(/\s*\n\s*/g, "");
  }

  /** How many characters are heard, values as long as their samples. */
  get signs() {
    let found = 0;
    for (const one of this.node.childNodes) {
      found += one.dataset?.name ? Number(one.dataset.signs) : (one.textContent.match(HEARD) ?? []).length;
    }
    return found;
  }

  /** The chips that were here and are gone. */
  get lost() {
    const here = new Set([...this.node.querySelectorAll(".chip")].map((chip) => chip.dataset.name));
    return [...this.chips.keys()].filter((name) => !here.has(name));
  }

  title(name) {
    return this.chips.get(name)?.textContent ?? name;
  }

  write(text) {
    const parts = text.split(NAME);
    const nodes = parts.map((part, at) => {
      if (at % 2 === 0) return document.createTextNode(part || EMPTY);
      return this.chips.get(part)?.cloneNode(true) ?? document.createTextNode(`{${part}}`);
    });
    this.node.replaceChildren(...nodes);
  }

  /** Puts a lost chip where the caret is, or at the end. */
  putBack(name) {
    const chip = this.chips.get(name).cloneNode(true);
    const selection = getSelection();
    const range = selection.rangeCount && this.node.contains(selection.anchorNode) ? selection.getRangeAt(0) : null;
    if (range) range.insertNode(chip);
    else this.node.append(chip);
    chip.after(document.createTextNode(EMPTY));
    this.changed();
  }

  // The first Backspace beside a chip points at it, the second takes it away.
  #guard(event) {
    if (!event.inputType.startsWith("delete")) return this.#disarm();
    const selection = getSelection();
    if (!selection.isCollapsed) return undefined;
    const chip = this.#beside(selection, event.inputType.includes("Forward"));
    if (!chip) return this.#disarm();
    event.preventDefault();
    if (chip.classList.contains("armed")) {
      chip.remove();
      this.changed();
    } else {
      this.#disarm();
      chip.classList.add("armed");
    }
    return undefined;
  }

  #beside({ anchorNode, anchorOffset }, forward) {
    let next;
    if (anchorNode === this.node) {
      next = this.node.childNodes[forward ? anchorOffset : anchorOffset - 1];
    } else {
      const rest = forward ? anchorNode.textContent.slice(anchorOffset) : anchorNode.textContent.slice(0, anchorOffset);
      if (rest.replaceAll(EMPTY, "")) return null;
      next = forward ? anchorNode.nextSibling : anchorNode.previousSibling;
    }
    while (next && !next.dataset && !next.textContent.replaceAll(EMPTY, "")) next = forward ? next.nextSibling : next.previousSibling;
    return next?.dataset?.name ? next : null;
  }

  // Nobody can write within a chip: a click on one puts the caret behind it.
  #besideClicked(event) {
    const chip = event.target.closest(".chip");
    if (!chip) return;
    event.preventDefault();
    this.node.focus({ preventScroll: true });
    const range = document.createRange();
    range.setStartAfter(chip);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  #disarm() {
    for (const chip of this.node.querySelectorAll(".armed")) chip.classList.remove("armed");
  }

  // Known names that were typed or pasted become chips again.
  #settle() {
    for (const one of this.node.childNodes) {
      const typed = one.nodeType === Node.TEXT_NODE && one.data.match(NAME);
      if (typed && this.chips.has(typed[1])) {
        const rest = one.splitText(typed.index);
        rest.data = rest.data.slice(typed[0].length) || EMPTY;
        rest.before(this.chips.get(typed[1]).cloneNode(true));
        getSelection().collapse(rest, 0);
        break;
      }
    }
    this.changed();
  }

  #plain(event) {
    event.preventDefault();
    const text = (event.clipboardData ?? event.dataTransfer).getData("text/plain").replace(/\s*\n\s*/g, "");
    document.execCommand("insertText", false, text);
  }
}

function read(node) {
  return node.dataset?.name ? `{${node.dataset.name}}` : node.textContent;
}

/** What is wrong with a text at first sight: [code, name], or null; the server knows the rest. */
export function objection(editor) {
  const text = editor.text;
  if (!text.trim()) return ["empty", ""];
  if (editor.lost.length) return ["lost", editor.title(editor.lost[0])];
  const foreign = text.match(/\{([a-z][a-z0-9_]*)\}/g)?.find((name) => !editor.chips.has(name.slice(1, -1)));
  if (foreign) return ["foreign", foreign];
  return /[{}]/.test(text.replaceAll(/\{[a-z][a-z0-9_]*\}/g, "")) ? ["braces", ""] : null;
}
