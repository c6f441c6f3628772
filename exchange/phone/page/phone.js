// The phone page: what the exchange says is shown, what the person does is told to the exchange.

import { listen } from "/phone/keys.js";
import { Link, tabName } from "/phone/link.js";
import { Sound } from "/phone/sound.js";
import * as tones from "/phone/tones.js";
import * as view from "/phone/view.js";
import { switchLanguage, translate } from "/phone/words.js";

const NUMBER = "phone.number";

// Everything the view shows; `state` is the exchange's, the rest is the page's own.
const seen = { state: null, closed: "connecting", lost: false, ended: null, offset: 0, wrong: "", sound: null };

const $ = (id) => document.getElementById(id);
let link = null;

const sound = new Sound($("audio"), {
  offer: (sdp) => link.send("offer", { sdp }),
  changed: () => show(),
});
seen.sound = sound;

const TAKES = {
  state: (message) => take(message),
  caption: (message) => { view.caption(message.place, message.caption, seen); },
  ended: (message) => { seen.ended = message.call; },
  sound: (message) => sound.answer(message.call, message.sdp),
  soundless: (message) => sound.refuse(message.code),
  refused: (message) => refuse(message.reason),
};

function take(state) {
  const before = seen.state?.call;
  const first = seen.state === null || seen.lost;
  Object.assign(seen, { state, lost: false, offset: state.now - Date.now() / 1000, closed: state.speed === 1 ? "" : "speed" });
  if (state.number) sessionStorage.setItem(NUMBER, state.number);
  const kept = sessionStorage.getItem(NUMBER);
  if (first && !state.number && kept && !seen.closed) link.send("sign_in", { number: kept });
  if (before && !state.call && first) seen.ended = { ...before, status: "lost" };
  if (state.call) Object.assign(seen, { ended: null, wrong: "" });
  hear(before, state.call);
  show();
}

// The tones and the sound that belong to a call, as it goes from stage to stage.
function hear(before, call) {
  tones.repeat(call?.stage ?? "");
  if (!call) {
    if (before?.outgoing && !before.answered && seen.ended?.status !== "canceled") tones.busy();
    sound.end();
    return;
  }
  sound.begin(call.sid);
  sound.talk(call.stage === "talking");
}

function refuse(reason) {
  if (reason === "ticket" || reason === "elsewhere") {
    link.end();
    seen.closed = reason;
  } else {
    seen.wrong = reason;
  }
  show();
}

function lose() {
  seen.lost = seen.state !== null;
  if (!seen.lost) seen.closed = "connecting";
  tones.repeat("");
  show();
}

function show() {
  view.show(seen);
}

const acts = {
  signIn(number) {
    seen.wrong = "";
    tones.awaken();
    link.send("sign_in", { number });
    sound.ask();
  },
  leave() {
    sessionStorage.removeItem(NUMBER);
    seen.ended = null;
    link.send("sign_out");
  },
  dial() {
    seen.wrong = "";
    tones.awaken();
    link.send("dial", { to: $("to").value, url: $("url").value.trim() });
    show();
  },
  accept: () => link.send("accept"),
  hangUp() {
    if (!seen.state?.call) return;
    link.send(seen.state.call.stage === "ringing" ? "decline" : "hang_up");
  },
  press(key) {
    tones.key(key);
    if (seen.state?.call) {
      link.send("press", { keys: key });
    } else {
      $("to").value += key;
    }
    view.flash(key);
  },
  mute() {
    if (seen.state?.call?.stage !== "talking") return;
    sound.mute(!sound.muted);
    show();
  },
  say() {
    const words = $("words").value.trim();
    if (words) link.send("say", { words });
    $("words").value = "";
  },
};

function submit(id, act) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

function wire() {
  submit("sign-in-form", () => acts.signIn($("number").value));
  submit("dial", acts.dial);
  submit("say", acts.say);
  $("leave").onclick = acts.leave;
  $("accept").onclick = acts.accept;
  $("decline").onclick = acts.hangUp;
  $("hang-up").onclick = acts.hangUp;
  $("mute").onclick = acts.mute;
  $("language").onclick = () => { switchLanguage(); view.forget(); show(); };
  $("another").href = location.href;
  view.wire(acts);
  listen(acts, () => seen.state?.call?.stage ?? (seen.state?.number ? "idle" : "away"));
  addEventListener("pointerdown", () => { if (sound.trouble === "blocked") sound.play(); });
  addEventListener("hashchange", () => location.reload());
  setInterval(() => view.tick(seen), 200);
}

translate();
wire();
show();
link = new Link({ ticket: location.hash.slice(1), tab: await tabName() }, {
  message: (message) => TAKES[message.type]?.(message),
  lost: lose,
});
