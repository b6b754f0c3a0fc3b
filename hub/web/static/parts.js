/** What the pages' scripts change in the same way; `templates/parts.html` writes it first. */
import { words } from "./words.js";

/** A drawing and the words beside it. */
export function mark(element, state, text) {
  draw(element, words.signs[state]);
  element.querySelector("span:not(.hidden)").textContent = text;
}

export function draw(element, name) {
  const use = element.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
}

/** Words that stand alone, or nothing. */
export function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

export function announce(text) {
  document.getElementById("announcements").textContent = text;
}

/** Whether a device works: on its card, and to who cannot see it when that changes. */
export function presence(card, online) {
  const now = online === null ? "unknown" : online ? "online" : "offline";
  const before = card.dataset.presence;
  if (now !== before && words.announcements[now] && before !== "unknown") {
    announce(words.announcements[now].replace("{place}", card.querySelector("h2 span").textContent));
  }
  card.dataset.presence = now;
  const chip = card.querySelector("header .chip");
  chip.dataset.presence = now;
  mark(chip, now, words.presences[now]);
  say(card.querySelector(".advice"), words.advice[now]);
}

/** For a technician: why a device, or else some of it, does not work. */
export function explain(card, text) {
  const details = card.querySelector(".reason");
  details.hidden = !text;
  details.querySelector("p").textContent = text;
}

/** The state `problems` as one line. */
export function listed(problems) {
  return Object.entries(problems || {}).map(([what, problem]) => `${what}: ${problem}`).join("; ");
}

export function connection(state) {
  const chip = document.getElementById("connection");
  if (chip.dataset.connection === state) return;
  if (state === "lost") announce(words.connections.lost);
  chip.dataset.connection = state;
  chip.querySelector("span").textContent = words.connections[state];
  chip.hidden = false;
}
