// News from the server: an event stream where there is one, else the page asks again and again.
//
//   new Live({
//     url: "http://host:8001/live/console",    // "" where there is no stream
//     on: { board: (data) => …, changes: (data) => … },   // events by kind; "message" are those without one
//     look: async () => …,                      // asks the server once; rejects when that fails
//     told: (state) => …,                       // live, asking, or lost: then what the page shows may be old
//   });

const OFTEN = 2_000;
const SELDOM = 10_000;
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export class Live {
  #options;
  #stream = null;
  #failures = 0; // of the stream, in a row
  #misses = 0; // of looking
  #asking = null; // the timer of the next look
  #opening = null; // the timer of the next try to open the stream
  #state = "";

  constructor(options) {
    this.#options = options;
    addEventListener("online", () => this.#anew());
    addEventListener("pagehide", () => this.#stream?.close());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#anew());
    this.#open();
    if (!options.url) this.#ask();
  }

  /** live, asking or lost. */
  get state() {
    return this.#state;
  }

  #anew() {
    this.#failures = 0;
    this.#open();
    if (this.#state !== "live") this.#ask();
  }

  #open() {
    const { url, on } = this.#options;
    clearTimeout(this.#opening);
    this.#stream?.close();
    if (!url) return;
    const stream = new EventSource(url, { withCredentials: true });
    this.#stream = stream;
    stream.onopen = () => this.#opened();
    stream.onerror = () => this.#failed(stream);
    for (const [kind, take] of Object.entries(on)) {
      stream.addEventListener(kind, ({ data }) => take(JSON.parse(data)));
    }
  }

  #opened() {
    this.#failures = 0;
    clearTimeout(this.#asking);
    this.#asking = null;
    this.#tell("live");
  }

  // The browser itself comes back to a stream that broke off, but never to one that was refused or not there.
  #failed(stream) {
    if (stream.readyState === EventSource.CLOSED) {
      const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
      this.#failures += 1;
      clearTimeout(this.#opening);
      this.#opening = setTimeout(() => this.#open(), pause * (0.75 + Math.random() / 2));
    }
    if (this.#asking === null) this.#ask();
  }

  async #ask() {
    clearTimeout(this.#asking);
    this.#asking = 0;
    try {
      await this.#options.look();
      this.#misses = 0;
    } catch {
      this.#misses += 1;
    }
    if (this.#asking === null) return; // the stream is there by now
    this.#tell(this.#misses ? "lost" : "asking");
    this.#asking = setTimeout(() => this.#ask(), this.#misses > 5 ? SELDOM : OFTEN);
  }

  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.told?.(state);
  }
}
