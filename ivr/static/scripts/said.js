// What went wrong, in words that go away by themselves.

import { $ } from "../desk/build.js";

const SHOWN = 6_000; // milliseconds

let hiding = 0;

export function say(text) {
  $("said").textContent = text;
  $("said").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => ($("said").hidden = true), SHOWN);
}
