/** Keeps the garden page up to date. What it shows is what the server would have written. */
import { ago, labTimeMs, number, setLabTime } from "./formats.js";
import { listen } from "./live.js";
import { connection, explain, listed, mark, presence } from "./parts.js";
import { words } from "./words.js";

const PERIODS = 3; // after so many a reading says nothing about now
const MEASURED = new Set(["ok", "suspect"]);

/** One line of a card. */
class Measure {
  constructor(row) {
    this.row = row;
    const time = row.querySelector("time");
    this.atMs = time ? Date.parse(time.dateTime) : null;
  }

  hear(reading) {
    this.atMs = reading.clock === "trusted" ? Date.parse(reading.at) : null;
    if (reading.period_s !== null) this.row.dataset.period = reading.period_s;
    this.show(reading.value, reading.quality);
    this.grow();
  }

  /** Time passes: a value that nothing new has replaced must not go on looking fresh. */
  grow() {
    if (this.atMs === null) return;
    const { quality, period } = this.row.dataset;
    if (MEASURED.has(quality) && labTimeMs() - this.atMs > PERIODS * period * 1000) this.show(null, "stale");
    write(this.row.querySelector(".since"), timeElement(this.atMs));
  }

  show(value, quality) {
    const shown = value === null ? "–" : number(value, Number(this.row.dataset.decimals));
    const digits = this.row.querySelector(".number");
    digits.textContent = shown;
    digits.toggleAttribute("aria-hidden", false);
    if (value === null) digits.setAttribute("aria-hidden", "true");
    const unit = this.row.querySelector(".unit");
    unit.textContent = this.row.dataset.unit;
    unit.hidden = value === null;
    this.row.dataset.quality = quality;
    mark(this.row.querySelector(".quality"), quality, words.qualities[quality]);
  }
}

/** One card. */
class Bed {
  constructor(card) {
    this.card = card;
    this.reason = "";
    this.problems = "";
    this.measures = new Map();
    for (const row of card.querySelectorAll("[data-channel]")) this.measures.set(row.dataset.channel, new Measure(row));
  }

  hear({ online, reason }) {
    presence(this.card, online);
    this.reason = reason || "";
    explain(this.card, this.reason || this.problems);
  }

  hearState({ name, value }) {
    if (name !== "problems") return;
    this.problems = listed(value);
    explain(this.card, this.reason || this.problems);
  }
}

function timeElement(atMs) {
  const time = document.createElement("time");
  time.dateTime = new Date(atMs).toISOString();
  time.textContent = ago(atMs);
  return time;
}

function write(element, child) {
  if (element.textContent !== child.textContent) element.replaceChildren(child);
}

const beds = new Map();
for (const card of document.querySelectorAll("[data-device]")) beds.set(card.dataset.device, new Bed(card));
const measures = [...beds.values()].flatMap((bed) => [...bed.measures.values()]);

const only = new URLSearchParams([...beds.keys()].map((device) => ["device", device]));
if (beds.size > 0) {
  listen(
    `/api/events?${only}`,
    {
      clock: ({ now }) => setLabTime(now),
      availability: (event) => beds.get(event.device)?.hear(event),
      state: (event) => beds.get(event.device)?.hearState(event),
      reading: (event) => beds.get(event.device)?.measures.get(event.channel)?.hear(event),
    },
    connection,
  );
}
setInterval(() => measures.forEach((measure) => measure.grow()), 10_000);
