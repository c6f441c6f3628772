// The connection to the exchange: it comes back by itself, and the exchange knows the tab again.

const DELAYS = [300, 1000, 2000, 3000];

// A name for this tab that survives a reload; a duplicated tab copies it, so a lock says whose it is.
export async function tabName() {
  const kept = sessionStorage.getItem("phone.tab");
  for (let tries = 0; kept && tries < 3; tries += 1) {
    if (await claim(kept)) return kept;
    await new Promise((done) => setTimeout(done, 200)); // the page before a reload may still hold it
  }
  const fresh = crypto.randomUUID();
  sessionStorage.setItem("phone.tab", fresh);
  await claim(fresh);
  return fresh;
}

function claim(name) {
  return new Promise((done) => {
    navigator.locks.request(`phone ${name}`, { ifAvailable: true }, (lock) => {
      done(lock !== null);
      return lock && new Promise(() => {}); // held as long as the page lives
    });
  });
}

export class Link {
  constructor(hello, { message, lost }) {
    this.hello = hello;
    this.message = message;
    this.lost = lost;
    this.tries = 0;
    this.over = false;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/phone/socket`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", ...this.hello }));
    socket.onmessage = (event) => {
      this.tries = 0;
      this.message(JSON.parse(event.data));
    };
    socket.onclose = () => this.again();
  }

  again() {
    if (this.over) return;
    this.lost();
    const delay = DELAYS[Math.min(this.tries, DELAYS.length - 1)];
    this.tries += 1;
    setTimeout(() => this.connect(), delay);
  }

  send(type, more = {}) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, ...more }));
  }

  // Somebody decided that this page does not talk to the exchange any more.
  end() {
    this.over = true;
    this.socket.close();
  }
}
