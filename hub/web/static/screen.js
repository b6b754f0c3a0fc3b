/** Keeps the cabinet's own screen up to date, for months, with nobody to reload it. */
import { called, drawing } from "./animals.js";
import { Countdown } from "./countdown.js";
import { setLabTime } from "./formats.js";
import { listen } from "./live.js";
import { draw } from "./parts.js";
import { words } from "./words.js";

const main = document.querySelector("main");
const find = (selector) => main.querySelector(selector);
const countdown = new Countdown(find(".clock"));
const said = { presence: main.dataset.presence, message: { kind: main.dataset.kind, ticket: null } };
let wasLost = false;

const HEARD = {
  message: ({ value }) => {
    if (words.messageSigns[value?.kind]) said.message = value;
    show();
  },
  turn: (state) => {
    const left = state.value?.remaining_s;
    countdown.set(left, state);
    find(".left").hidden = typeof left !== "number";
  },
  queue: ({ value }) => {
    const blank = find("template").content.firstElementChild;
    const next = (Array.isArray(value) ? value : []).slice(0, words.nextAtMost);
    find("ol").replaceChildren(...next.map(({ ticket }) => shownNext(blank.cloneNode(true), ticket)));
    find(".next").hidden = next.length === 0;
  },
};

function shownNext(place, ticket) {
  draw(place, drawing(ticket));
  place.querySelector("span").textContent = called(ticket);
  return place;
}

function show() {
  const { kind, ticket } = said.presence === "offline" ? { kind: "broken", ticket: null } : said.message;
  main.dataset.kind = kind;
  find(".animals").hidden = !ticket;
  if (ticket) draw(find(".animals"), drawing(ticket));
  draw(find(".sign"), words.messageSigns[kind]);
  for (const line of find(".messages").children) {
    const animals = words.everyAnimal[line.lang];
    line.textContent = words.messages[line.lang][kind].replace("{animal}", animals[ticket] || animals[""]);
  }
}

/** A lab that comes back may be a newer one: its page is asked for anew. */
function connection(state) {
  find(".lost").hidden = state === "live";
  if (state === "lost") wasLost = true;
  else if (wasLost) location.reload();
}

listen(
  `/api/events?${new URLSearchParams({ device: main.dataset.device })}`,
  {
    clock: ({ now }) => setLabTime(now),
    state: (state) => HEARD[state.name]?.(state),
    availability: ({ online }) => {
      said.presence = online === null ? "unknown" : online ? "online" : "offline";
      show();
    },
  },
  connection,
);
setInterval(() => countdown.show(), 500);
