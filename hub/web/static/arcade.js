/** Keeps the arcade page up to date. What it shows is what the server would have written. */
import { called, drawing } from "./animals.js";
import { Countdown } from "./countdown.js";
import { minutes, setLabTime } from "./formats.js";
import { listen } from "./live.js";
import { announce, connection, draw, explain, listed, mark, presence, say } from "./parts.js";
import { words } from "./words.js";

const CHANGING_PLACES_MS = 5_000; // what the news of a ticket may take; see `hub/web/tickets.py`
const TITLE = document.title;

/** One card. */
class Cabinet {
  constructor(card) {
    this.card = card;
    this.reason = "";
    this.problems = "";
    this.turn = null;
    this.queue = [...card.querySelectorAll(".queue li")].map((row) => ({ ticket: row.dataset.ticket }));
    this.countdown = new Countdown(card.querySelector(".clock"));
    this.absentSinceMs = Date.now();
  }

  hear({ online, reason }) {
    presence(this.card, online);
    this.reason = reason || "";
    this.explain();
    this.showTurn();
  }

  hearState(state) {
    const { name, value } = state;
    if (name === "turn" && words.phases[value?.phase]) this.hearTurn(state);
    if (name === "queue" && Array.isArray(value)) this.hearQueue(value);
    if (name === "hours") this.hearHours(value);
    if (name === "game") this.hearGame(value);
    if (name === "credits") this.hearCredits(value);
    if (name === "problems") this.problems = listed(value);
    this.explain();
  }

  hearTurn(state) {
    this.turn = state.value;
    this.countdown.set(this.turn.remaining_s, state);
    this.showTurn();
  }

  hearQueue(queue) {
    this.queue = queue;
    const blank = this.card.querySelector("template").content.firstElementChild;
    this.find(".queue").replaceChildren(...queue.map((waiting) => this.row(blank.cloneNode(true), waiting)));
    this.find(".nobody").hidden = queue.length > 0;
    this.showMine();
  }

  row(row, { ticket, wait_s: waitS }) {
    row.dataset.ticket = ticket;
    draw(row, drawing(ticket));
    row.querySelector(".name").textContent = called(ticket);
    row.querySelector(".wait").textContent = typeof waitS === "number" ? minutes(waitS) : "";
    if (ticket === this.mine) row.setAttribute("aria-current", "true");
    return row;
  }

  hearHours(hours) {
    const line = this.find(".hours");
    line.hidden = !hours;
    line.dataset.closed = hours && !hours.open ? "yes" : "";
    if (hours) {
      const key = (hours.open ? "open" : "closed") + (hours.next ? "-until" : "");
      line.querySelector("span").textContent = words.hours[key].replace("{time}", hours.next);
    }
    this.find(".quiet").hidden = !(hours && hours.quiet);
    this.showMine();
  }

  hearGame(game) {
    this.find(".game").hidden = !game;
    this.find(".game bdi").textContent = game ? game.name : "";
  }

  hearCredits(credits) {
    this.find(".credits").hidden = !credits;
    this.find(".credits .count").textContent = credits || 0;
  }

  showTurn() {
    const online = this.card.dataset.presence === "online";
    if (this.turn) this.showStage(online);
    if (!online) this.find(".stage").hidden = true;
    this.showMine();
  }

  showStage(online) {
    const { phase, ticket, remaining_s: left } = this.turn;
    this.card.dataset.phase = online ? phase : "";
    draw(this.find(".stage"), ticket ? drawing(ticket) : "joystick");
    mark(this.find(".phase"), phase, words.phases[phase]);
    say(this.find(".player"), ticket ? called(ticket) : "");
    this.find(".left").hidden = typeof left !== "number";
    this.find(".stage").hidden = !online;
  }

  /** The visitor's own ticket, or else the button that gives one. */
  showMine() {
    const { phase, ticket } = this.turn || {};
    const plays = this.mine && ticket === this.mine;
    const part = plays && words.yours[phase] ? phase : "waiting";
    const what = this.find(".what");
    if (what.textContent !== words.yours[part]) {
      what.textContent = words.yours[part];
      if (plays) announce(words.yours[part]);
      document.title = part === "calling" ? `★ ${words.yours.calling}` : TITLE;
    }
    this.find(".yours").dataset.part = part;
    this.find(".yours").hidden = !this.mine;
    this.find(".leave").hidden = part === "playing" || part === "grace"; // that place is taken already
    const closed = phase === "closed" || this.find(".hours").dataset.closed === "yes";
    const { presence: state, elsewhere } = this.card.dataset;
    this.find(".join").hidden = Boolean(this.mine || elsewhere || state !== "online" || closed);
  }

  /** Time passes: a ticket that the cabinet shows no longer is over. */
  grow() {
    this.countdown.show();
    if (!this.mine) return;
    const shown = this.turn?.ticket === this.mine || this.queue.some((waiting) => waiting.ticket === this.mine);
    if (shown) this.absentSinceMs = Date.now();
    else if (Date.now() - this.absentSinceMs > CHANGING_PLACES_MS) {
      for (const each of cabinets.values()) each.card.dataset.elsewhere = "";
      this.card.dataset.mine = "";
      for (const each of cabinets.values()) each.showMine();
    }
  }

  get mine() {
    return this.card.dataset.mine;
  }

  explain() {
    explain(this.card, this.reason || this.problems);
  }

  find(selector) {
    return this.card.querySelector(selector);
  }
}

const cabinets = new Map();
for (const card of document.querySelectorAll("[data-device]")) cabinets.set(card.dataset.device, new Cabinet(card));

if (cabinets.size > 0) {
  const only = new URLSearchParams([...cabinets.keys()].map((device) => ["device", device]));
  listen(
    `/api/events?${only}`,
    {
      clock: ({ now }) => setLabTime(now),
      availability: (event) => cabinets.get(event.device)?.hear(event),
      state: (event) => cabinets.get(event.device)?.hearState(event),
    },
    connection,
  );
  setInterval(() => cabinets.forEach((cabinet) => cabinet.grow()), 500);
}
