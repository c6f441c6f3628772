// What is heard and said in a call, over WebRTC; without microphone one only hears.

import { awaken } from "/phone/tones.js";

const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const TRIES = 3;

export class Sound {
  constructor(element, { offer, changed }) {
    this.element = element;
    this.offer = offer;
    this.changed = changed;
    this.microphone = "unknown"; // granted or refused
    this.trouble = ""; // soundless, broken or blocked
    this.muted = false;
    this.call = "";
  }

  // Asks for the microphone once, before the first call rings.
  async ask() {
    const voice = await this.open();
    if (voice && !this.call) voice.getTracks().forEach((track) => track.stop());
  }

  async open() {
    try {
      const voice = await navigator.mediaDevices.getUserMedia({ audio: VOICE });
      this.note({ microphone: "granted" });
      return voice;
    } catch {
      this.note({ microphone: "refused" });
      return null;
    }
  }

  note(news) {
    Object.assign(this, news);
    this.changed();
  }

  // A call is there, ringing or not: the sound is prepared, and heard from `talk` on.
  begin(call) {
    if (this.call === call) return;
    this.end();
    this.call = call;
    this.tries = 0;
    this.connect();
  }

  async connect() {
    const peer = new RTCPeerConnection();
    this.peer?.close();
    this.peer = peer;
    this.tries += 1;
    const way = peer.addTransceiver("audio", { direction: "sendrecv" });
    peer.ontrack = (event) => this.hear(event.track);
    peer.onconnectionstatechange = () => this.watch(peer);
    await peer.setLocalDescription(await peer.createOffer());
    if (this.peer !== peer) return;
    this.offer(peer.localDescription.sdp);
    this.speak(peer, way);
  }

  async speak(peer, way) {
    this.voice ??= this.open();
    const voice = await this.voice;
    if (this.peer !== peer) return;
    const track = voice?.getAudioTracks()[0];
    if (!track) return;
    track.enabled = !this.muted;
    await way.sender.replaceTrack(track);
    this.outgoing = new Meter(voice);
  }

  hear(track) {
    const stream = new MediaStream([track]);
    this.element.srcObject = stream;
    this.element.muted = !this.talking;
    this.incoming = new Meter(stream);
    this.play();
  }

  async play() {
    try {
      await this.element.play();
      if (this.trouble === "blocked") this.note({ trouble: "" });
    } catch (error) {
      if (error.name === "NotAllowedError") this.note({ trouble: "blocked" });
    }
  }

  watch(peer) {
    if (this.peer !== peer || peer.connectionState !== "failed") return;
    if (this.tries < TRIES) this.connect();
    else this.note({ trouble: "broken" });
  }

  // The exchange's answer to the offer.
  async answer(call, sdp) {
    if (call !== this.call || this.peer?.signalingState !== "have-local-offer") return;
    await this.peer.setRemoteDescription({ type: "answer", sdp });
    if (this.trouble && this.trouble !== "blocked") this.note({ trouble: "" });
  }

  refuse(code) {
    this.note({ trouble: code === 31000 ? "soundless" : "broken" });
  }

  // The parties are connected from now on.
  talk(talking) {
    this.talking = talking;
    this.element.muted = !talking;
  }

  mute(muted) {
    this.muted = muted;
    Promise.resolve(this.voice).then((voice) => {
      voice?.getAudioTracks().forEach((track) => { track.enabled = !this.muted; });
    });
  }

  // How loud it is, from 0 to 1.
  levels() {
    return { heard: this.talking ? this.incoming?.level() ?? 0 : 0, said: this.talking && !this.muted ? this.outgoing?.level() ?? 0 : 0 };
  }

  end() {
    this.peer?.close();
    Promise.resolve(this.voice).then((voice) => voice?.getTracks().forEach((track) => track.stop()));
    this.element.srcObject = null;
    Object.assign(this, { peer: null, voice: null, call: "", incoming: null, outgoing: null, muted: false, talking: false });
  }
}

// How loud a stream is; it needs what the first click or key allows.
class Meter {
  constructor(stream) {
    this.stream = stream;
  }

  level() {
    this.analyser ??= this.tap();
    if (!this.analyser) return 0;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    return Math.min(1, Math.sqrt(Math.sqrt(power)) * 1.2); // quiet speech is to be seen, too
  }

  tap() {
    const ear = awaken();
    if (!ear) return null;
    const analyser = new AnalyserNode(ear, { fftSize: 1024 });
    new MediaStreamAudioSourceNode(ear, { mediaStream: this.stream }).connect(analyser);
    return analyser;
  }
}
