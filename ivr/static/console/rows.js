// What the page knows: rows by section and key, as the server last said, and the server's time.

const SECTIONS = ["agents", "calls", "queue", "promises", "campaigns", "sums"];

export class Rows {
  #ahead = 0; // milliseconds by which the server's clock is ahead of ours

  constructor() {
    for (const section of SECTIONS) this[section] = new Map();
  }

  /** The whole picture. */
  whole({ now, rows }) {
    for (const section of SECTIONS) this[section] = new Map(Object.entries(rows[section] ?? {}));
    this.#set(now);
  }

  /** What is other; null for what is gone. */
  change({ now, rows }) {
    for (const [section, changed] of Object.entries(rows)) {
      for (const [key, row] of Object.entries(changed)) {
        if (row === null) this[section].delete(key);
        else this[section].set(key, row);
      }
    }
    this.#set(now);
  }

  /** Seconds since a moment, on the server's clock. */
  since(text) {
    return Math.max(0, Math.floor((Date.now() + this.#ahead - Date.parse(text)) / 1000));
  }

  #set(now) {
    this.#ahead = Date.parse(now) - Date.now();
  }
}

/** 0:42, 12:05, 1:02:09 */
export function age(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
