// The server's clock, and everything on the page that counts seconds.

import { duration } from "./words.js";

let offset = 0;
const counting = new Map();

export function agree(now) {
  offset = Date.parse(now) - Date.now();
}

export const now = () => Date.now() + offset;

// Shows how long it is since a moment, for as long as the node is on the page; nothing where nothing began.
export function count(node, since) {
  if (!since) return node;
  counting.set(node, Date.parse(since));
  node.classList.add("num");
  node.textContent = duration(now() - Date.parse(since));
  return node;
}

function tick() {
  for (const [node, since] of counting) {
    if (node.isConnected) node.textContent = duration(now() - since);
    else counting.delete(node);
  }
}

setInterval(tick, 500);
