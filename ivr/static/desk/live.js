// News of this desk: an event stream says that something changed, the page then looks. Without it, it looks often.

const OFTEN = 2_000;
const SELDOM = 15_000;

export class Live {
  constructor(address, look) {
    this.look = look;
    this.version = -1;
    this.streaming = false;
    this.open(address);
    this.next();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.now(); });
    addEventListener("online", () => this.now());
  }

  open(address) {
    if (!address) return;
    this.stream = new EventSource(`${address}/desk`, { withCredentials: true });
    this.stream.onopen = () => { this.streaming = true; this.now(); };
    this.stream.onerror = () => { this.streaming = false; this.next(); };
    this.stream.onmessage = ({ data }) => { if (JSON.parse(data).version > this.version) this.now(); };
  }

  async now() {
    clearTimeout(this.timer);
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    await this.look();
    this.looking = false;
    if (this.again) {
      this.again = false;
      this.now();
      return;
    }
    this.next();
  }

  // Even with a stream the page says from time to time that it is there.
  next() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), this.streaming ? SELDOM : OFTEN);
  }
}
