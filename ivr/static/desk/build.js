// Builds pieces of the page; texts are set as texts, never as markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, { className = "", text = "", data = {}, aria = {}, ...more } = {}, ...children) {
  const one = document.createElement(tag);
  if (className) one.className = className;
  if (text !== "") one.textContent = text;
  Object.assign(one.dataset, data);
  for (const [name, value] of Object.entries(aria)) one.setAttribute(`aria-${name}`, value);
  Object.assign(one, more);
  one.append(...children.filter((child) => child !== null));
  return one;
}

export const kbd = (key) => make("kbd", { text: key, aria: { hidden: "true" } });

// A button with its key; `aria-keyshortcuts` tells it to whoever cannot see the key.
export function button(label, key, onclick, { className = "", ...more } = {}) {
  const shortcut = key ? { keyshortcuts: key } : {};
  return make("button", { type: "button", className, onclick, aria: shortcut, ...more },
    make("span", { text: label }), key ? kbd(key) : null);
}

// Draws only when what is to be drawn has changed, so that focus, selection and scrolling stay.
export function whenChanged(seen, draw) {
  let last;
  return (doc) => {
    const now = JSON.stringify(seen(doc) ?? null);
    if (now === last) return;
    last = now;
    draw(doc);
  };
}

// Words with the customer's values marked: [[text, is_value], …]
export function marked(pieces) {
  return pieces.map(([text, isValue]) => (isValue ? make("mark", { text }) : document.createTextNode(text)));
}
