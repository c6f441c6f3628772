// The right column: what may be done at any time, the questions customers ask, notes.

import { $, button, make, marked, whenChanged } from "./build.js";
import { given } from "./given.js";
import { problemTitle } from "./stage.js";
import { clockTime, t } from "./words.js";

const DRAFT = `huifang.note.${given.user}`;

// `acts`: [[key, label, act, className], …] for a document.
export function actsView(actsOf) {
  return whenChanged((doc) => [doc.call?.id, doc.call?.turn, doc.call?.anytime, doc.call?.step?.robot, doc.agent.state, doc.call?.ended_at], (doc) => {
    const acts = actsOf(doc);
    $("acts").hidden = acts.length === 0;
    $("acts-list").replaceChildren(...acts.filter(([, , , className]) => className !== "far").map(([key, label, act, className]) => button(label, key, act, { className })));
  });
}

export const showProblems = whenChanged((doc) => doc.call?.problems, (doc) => {
  const codes = doc.call?.problems ?? [];
  $("problems").hidden = codes.length === 0;
  $("problems").replaceChildren(...codes.map((code) => make("span", { className: "tag", text: problemTitle(code) })));
});

export class Notes {
  constructor(save) {
    this.save = save;
    this.field = $("note");
    this.call = null;
    this.field.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.repeat) return;
      event.preventDefault();
      this.send();
    };
    this.field.oninput = () => draft({ call: this.call, text: this.field.value });
    this.draw = whenChanged((doc) => doc.call && [doc.call.id, doc.call.notes], (doc) => this.list(doc.call));
  }

  show(doc) {
    $("notes").hidden = doc.call === null;
    this.draw(doc);
  }

  list(call) {
    if (call && call.id !== this.call) {
      this.call = call.id;
      const kept = draft();
      this.field.value = kept.call === call.id ? kept.text : "";
    }
    const lines = call?.notes ?? [];
    $("notes-list").replaceChildren(...lines.map(([at, text]) => make("li", {}, make("time", { className: "num", text: clockTime(at) }), document.createTextNode(text))));
    $("notes-list").scrollTop = $("notes-list").scrollHeight;
  }

  send() {
    const text = this.field.value.trim();
    if (!text || this.call === null) return;
    this.save(this.call, text);
    this.field.value = "";
    draft({});
    this.field.blur();
  }
}

function draft(kept) {
  if (kept) return sessionStorage.setItem(DRAFT, JSON.stringify(kept));
  return JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
}

// The questions customers ask: typed words narrow the list.
export class Questions {
  constructor() {
    this.field = $("faq-search");
    this.faq = [];
    this.field.oninput = () => this.list();
    this.field.onkeydown = (event) => {
      if (event.key === "Enter" && !event.isComposing) $("faq-list").querySelector("details")?.toggleAttribute("open", true);
    };
    this.call = null;
    this.draw = whenChanged((doc) => [doc.call?.id, doc.call?.faq], (doc) => {
      if (doc.call?.id !== this.call) this.field.value = "";
      this.call = doc.call?.id;
      this.faq = doc.call?.faq ?? [];
      this.list();
    });
  }

  show(doc) {
    this.draw(doc);
    $("faq").hidden = this.faq.length === 0;
  }

  list() {
    const wanted = this.field.value.trim();
    const found = this.faq.filter(([question, answer]) => !wanted || hit(question + answer.map(([text]) => text).join(""), wanted));
    $("faq-list").replaceChildren(...found.map(([question, answer], place) => make("details", { open: wanted !== "" && place === 0, name: "faq" },
      make("summary", { text: question }), make("p", {}, ...marked(answer)))));
    if (!found.length) $("faq-list").replaceChildren(make("p", { className: "soft", text: t("faq_none") }));
  }
}

// Each typed sign in its order: people type a few of the words, not all of them.
function hit(text, wanted) {
  if (text.includes(wanted)) return true;
  let at = -1;
  return [...wanted].every((sign) => (at = text.indexOf(sign, at + 1)) >= 0);
}
