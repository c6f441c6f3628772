// Who it is: the card before and during a call. Before the identity check it says no more than a name and why.

import { $, make, whenChanged } from "./build.js";
import { now } from "./clock.js";
import { day, daysUntil, stamp, t } from "./words.js";

const cardOf = (doc) => doc.call?.card ?? doc.offer?.card ?? null;

// What was asked and answered; the style sheet keeps the end of the list, the newest, in sight.
const told = make("ul", { className: "story" });
const scroll = make("div", { className: "sofar", tabIndex: 0, aria: { label: t("sofar") } }, told);
scroll.setAttribute("role", "region");
const sofar = make("div", { hidden: true }, make("h2", { text: t("sofar") }), scroll);

const showSofar = whenChanged((doc) => doc.call?.sofar, (doc) => {
  const lines = doc.call?.sofar ?? [];
  sofar.hidden = lines.length === 0;
  told.replaceChildren(...lines.map(([asked, answer, who]) => make("li", { data: { who } },
    make("small", { text: t(`sofar_${who}`) }), make("span", { text: asked }), make("b", { text: answer }))));
  scroll.scrollTop = 0;
});

export function showCard(doc) {
  showPieces(doc);
  showSofar(doc);
}

const showPieces = whenChanged((doc) => [cardOf(doc), doc.call?.id, doc.call?.direction, doc.call?.performer], (doc) => {
  const card = cardOf(doc);
  $("card").hidden = card === null;
  $("card").replaceChildren(...(card ? pieces(card, doc.call) : []));
});

function pieces(card, call) {
  return [
    make("div", {},
      make("h2", { text: t(call?.direction === "inbound" ? "caller" : "customer") }),
      make("div", { className: "who", text: card.name || t("unknown_caller") }, make("small", { text: card.relation })),
      card.identified === null ? null : make("p", { className: card.identified ? "ok" : "not-yet", text: t(card.identified ? "identified" : "not_identified") })),
    block(t("why"), make("p", { text: card.why }), due(card.due_by)),
    call ? sofar : null,
    card.facts.length ? make("dl", { className: "facts" }, ...card.facts.flatMap(fact)) : null,
    block(t("before"), story(card.story)),
  ].filter((piece) => piece !== null);
}

const block = (title, ...more) => make("div", {}, make("h2", { text: title }), ...more);

function fact([label, value]) {
  return [make("dt", { text: label }), make("dd", { text: value })];
}

function due(at) {
  if (!at) return null;
  const left = daysUntil(at, now());
  const words = left > 1 ? t("days_left", { days: left }) : t(left === 1 ? "day_left" : left === 0 ? "due_today" : "overdue");
  return make("p", { className: left < 2 ? "due near" : "due" }, make("span", { text: t("due_by") }), make("b", { className: "num", text: day(at) }), make("span", { text: words }));
}

function story(lines) {
  if (!lines.length) return make("p", { className: "soft", text: t("no_story") });
  return make("ul", { className: "story" }, ...lines.map(([at, text]) => make("li", {}, make("time", { className: "num", text: stamp(at) }), document.createTextNode(text))));
}
