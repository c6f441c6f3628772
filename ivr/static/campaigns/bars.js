// Bars of counts: each row a label, a bar of parts, and the number.

import { make } from "../desk/build.js";

/** rows: [label, [[className, count], …], number, className]; the longest fills the width. */
export function bars(list, rows) {
  const most = Math.max(1, ...rows.map(([, parts]) => parts.reduce((sum, [, count]) => sum + count, 0)));
  list.replaceChildren(...rows.map(([label, parts, number, className = ""]) =>
    make("li", { className },
      make("span", { text: label, className: "num" }),
      bar(parts, most),
      make("b", { text: number, className: "num" }))));
}

export function bar(parts, most) {
  const track = make("span", { className: "bar" });
  for (const [className, count] of parts) {
    if (count <= 0) continue;
    const part = make("i", { className });
    part.style.width = `${(100 * count) / most}%`;
    track.append(part);
  }
  return track;
}
