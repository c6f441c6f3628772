// The page's texts in the agent's language, and times as people in China read them.

import { given } from "./given.js";

const TEXTS = JSON.parse(given.texts);
const LANGUAGE = document.documentElement.lang;
const ZONE = "Asia/Shanghai";
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });
const SHORT = new Intl.DateTimeFormat(LANGUAGE, { timeZone: ZONE, month: "short", day: "numeric" });
const STAMP = new Intl.DateTimeFormat(LANGUAGE, {
  timeZone: ZONE, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const CLOCK = new Intl.DateTimeFormat(LANGUAGE, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const known = (name) => name in TEXTS;
export const t = (name, values = {}) => (TEXTS[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
export const stamp = (iso) => STAMP.format(new Date(iso));
export const clockTime = (iso) => CLOCK.format(new Date(iso));
export const day = (iso) => SHORT.format(new Date(iso));

// Whole days from one moment to another by the calendar: 0 is today.
export function daysUntil(iso, now) {
  return Math.round((Date.parse(DAY.format(new Date(iso))) - Date.parse(DAY.format(new Date(now)))) / 86_400_000);
}

export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
