// Leads Twilio's Voice SDK to this exchange without TLS. Load it before twilio.min.js, then: new Twilio.Device(token, twilioLocal).
(() => {
  const { host, origin } = new URL(document.currentScript.src), Socket = window.WebSocket;
  window.WebSocket = class extends Socket { constructor(url, ...rest) { super(String(url).replace(`wss://${host}/`, `${origin.replace("http", "ws")}/`), ...rest); } };
  const file = (name) => `${origin}/sdk/sounds/${name.replace(/^dtmf(.)$/, (_, key) => `dtmf-${{ h: "hash", s: "star" }[key] || key}`)}.mp3`;
  const names = ["incoming", "outgoing", "disconnect", ...[..."0123456789hs"].map((key) => `dtmf${key}`)];
  window.twilioLocal = { chunderw: host, publishEvents: false, sounds: Object.fromEntries(names.map((name) => [name, file(name)])) };
})();
