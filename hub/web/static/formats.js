/** Numbers and times as the visitor's language writes them; `hub/web/formats.py` does the same on the server. */
import { words } from "./words.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LARGE = 1000; // from here on nobody reads decimals
const RECENT_MS = 6 * DAY_MS;

const relative = new Intl.RelativeTimeFormat(words.locale);
const calendar = new Intl.DateTimeFormat(words.locale, { dateStyle: "long" });
const minute = new Intl.NumberFormat(words.locale, { style: "unit", unit: "minute", unitDisplay: "short" });
const numbers = new Map();

let aheadMs = 0;
setLabTime(words.now);

/** The lab's clock counts, not the phone's. */
export function setLabTime(rfc3339) {
  aheadMs = Date.parse(rfc3339) - Date.now();
}

export function labTimeMs() {
  return Date.now() + aheadMs;
}

export function number(value, usualDecimals) {
  const decimals = Math.abs(value) >= LARGE ? 0 : usualDecimals;
  if (!numbers.has(decimals)) {
    numbers.set(decimals, new Intl.NumberFormat(words.locale, { maximumFractionDigits: decimals, useGrouping: "always" }));
  }
  return numbers.get(decimals).format(Number(value.toFixed(decimals)) + 0); // never "-0"
}

/** "2 minutes ago", or a date when that tells more. */
export function ago(atMs) {
  const age = labTimeMs() - atMs;
  if (age > RECENT_MS || age < -MINUTE_MS) return calendar.format(atMs);
  if (age >= DAY_MS) return relative.format(-Math.floor(age / DAY_MS), "day");
  if (age >= HOUR_MS) return relative.format(-Math.floor(age / HOUR_MS), "hour");
  if (age >= MINUTE_MS) return relative.format(-Math.floor(age / MINUTE_MS), "minute");
  return words.justNow;
}

/** What is left, as a kitchen timer shows it. It shows 0:00 only when nothing is left. */
export function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A time that is only estimated; never less than a minute. */
export function minutes(seconds) {
  return minute.format(Math.max(1, Math.round(seconds / 60)));
}
