// Small sheets over the page: to confirm, to choose, to write. Enter goes on, Esc goes back; the keyboard stays inside.

import { button, make } from "./build.js";
import { keyOf } from "./keys.js";
import { t } from "./words.js";

function open(title, body, { onKey = () => false, className = "" } = {}) {
  const before = document.activeElement;
  const sheet = make("dialog", { className: `sheet ${className}`, aria: { label: title } }, make("h2", { text: title }), ...body);
  sheet.addEventListener("keydown", (event) => {
    if (event.repeat && event.key.length > 1 && event.key === "Enter") event.preventDefault();
    if (event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { // a search field would only be cleared
      event.preventDefault();
      sheet.close();
      return;
    }
    if (event.target.matches("input, textarea") && event.key.length === 1) return;
    if (onKey(keyOf(event), event)) event.preventDefault();
  });
  sheet.addEventListener("close", () => {
    sheet.remove();
    if (before?.isConnected) before.focus();
  });
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}

const back = (sheet) => button(t("back"), "Esc", () => sheet().close());

export function confirm(title, text, go) {
  const yes = button(t("confirm"), "Enter", () => { sheet.close(); go(); }, { className: "strong" });
  const sheet = open(title, [make("p", { text }), make("div", { className: "row" }, yes, back(() => sheet))]);
  yes.focus();
}

// `options`: [[key, label, act], …]
export function choose(title, options) {
  const pick = (act) => { sheet.close(); act(); };
  const list = make("div", { className: "options" }, ...options.map(([key, label, act]) => button(label, key, () => pick(act))));
  const onKey = (key) => {
    const found = options.find(([own]) => own === key);
    if (found) pick(found[2]);
    return Boolean(found);
  };
  const sheet = open(title, [list, make("div", { className: "row" }, back(() => sheet))], { onKey });
}

export function keypad(press) {
  const sent = make("output", { className: "num sent" });
  const tap = (key) => { press(key); sent.textContent += key; };
  const keys = make("div", { className: "pad" }, ...[..."123456789*0#"].map((key) => make("button", { type: "button", text: key, onclick: () => tap(key) })));
  const onKey = (key) => {
    const is = key.length === 1 && "0123456789*#".includes(key);
    if (is) tap(key);
    return is;
  };
  const sheet = open(t("keypad"), [sent, keys, make("div", { className: "row" }, back(() => sheet))], { onKey });
}

export function help(rows) {
  const list = make("dl", { className: "shortcuts" }, ...rows.flatMap(([key, label]) => [
    make("dt", {}, make("kbd", { text: key })), make("dd", { text: label })]));
  const sheet = open(t("shortcuts"), [list, make("div", { className: "row" }, back(() => sheet))], { className: "wide" });
}

// The table of problem cases: type to find, arrows to choose, Enter; then a note, Enter.
export function problem(codes, go) {
  let at = 0;
  let found = codes;
  const search = make("input", { type: "search", placeholder: t("problem_search"), autocomplete: "off", aria: { label: t("problem_search"), controls: "problem-codes" } });
  const list = make("div", { id: "problem-codes", className: "codes", role: "listbox", aria: { label: t("problem") } });
  const note = make("input", { type: "text", placeholder: t("problem_note"), maxLength: 500, autocomplete: "off", aria: { label: t("problem_note") } });
  const draw = () => {
    list.replaceChildren(...found.map(([code, title], place) => make("div", {
      role: "option", className: place === at ? "at" : "", aria: { selected: String(place === at) },
      onclick: () => { at = place; draw(); note.focus(); },
    }, make("b", { className: "num", text: code }), make("span", { text: title }))));
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const narrow = () => {
    const wanted = search.value.trim().toUpperCase();
    found = codes.filter(([code, title]) => `${code} ${title}`.toUpperCase().includes(wanted));
    at = 0;
    draw();
  };
  const step = (by) => { at = Math.min(Math.max(at + by, 0), found.length - 1); draw(); return true; };
  const enter = (event) => {
    if (event.target === search && found[at]) note.focus();
    else if (event.target === note && found[at]) { sheet.close(); go(found[at][0], note.value.trim()); }
    return event.target === search || event.target === note;
  };
  const onKey = (key, event) => (key === "ArrowDown" ? step(1) : key === "ArrowUp" ? step(-1) : key === "Enter" ? enter(event) : false);
  search.oninput = narrow;
  const sheet = open(t("problem"), [search, list, note, make("div", { className: "row" }, make("span", { className: "soft", text: t("problem_how") }), back(() => sheet))], { onKey, className: "wide" });
  narrow();
  search.focus();
}
