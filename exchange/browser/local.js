// Leads Twilio's Voice SDK to this exchange without TLS: load it before the SDK, then
// new Twilio.Device(token, twilioLocal).
(() => {
  const { host, origin } = new URL(document.currentScript.src);
  const here = origin.replace("http", "ws"); // where the SDK's wss:// to this host really goes
  window.WebSocket = class extends WebSocket {
    constructor(url, ...rest) {
      super(String(url).replace(`wss://${host}/`, `${here}/`), ...rest);
    }
  };
  const sounds = { dtmfh: "dtmf-hash", dtmfs: "dtmf-star" };
  for (const name of ["incoming", "outgoing", "disconnect"]) sounds[name] = name;
  for (const key of "0123456789") sounds[`dtmf${key}`] = `dtmf-${key}`;
  for (const name in sounds) sounds[name] = `${origin}/sdk/sounds/${sounds[name]}.mp3`;
  window.twilioLocal = { chunderw: host, sounds, publishEvents: false };
})();
