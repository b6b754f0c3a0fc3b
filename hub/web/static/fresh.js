/**
 * Keeps a page fresh that the server writes: when one of its devices says something, what stands in its `data-fresh`
 * parts is asked for anew. A part in which somebody is with the keyboard waits until they have left it.
 */
import { listen } from "./live.js";

const PAUSE_MS = 250; // several states often change together
const EVERY_MS = 15_000; // times and what depends on the clock alone

const parts = () => [...document.querySelectorAll("[data-fresh]")];
const devices = new Set(parts().map((part) => part.dataset.fresh));
let wanted = 0;
let asking = false;
let asked = Date.now();
let wasLost = false;

function soon() {
  wanted ||= setTimeout(ask, PAUSE_MS);
}

async function ask() {
  wanted = 0;
  if (asking) return soon();
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
    if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // the connection is lost: the chip says so, and the next word of the lab asks again
  } finally {
    asking = false;
    asked = Date.now();
  }
}

function put(page) {
  for (const part of parts()) {
    const now = page.getElementById(part.id);
    if (!now || now.isEqualNode(part) || part.contains(document.activeElement)) continue;
    for (const { name, value } of now.attributes) if (name.startsWith("data-")) part.setAttribute(name, value);
    part.replaceChildren(...now.childNodes);
  }
}

function connection(state) {
  for (const mark of document.querySelectorAll(".lost")) mark.hidden = state === "live";
  if (state === "live" && wasLost) soon();
  wasLost = state !== "live";
}

if (devices.size > 0) {
  listen(
    `/api/events?${new URLSearchParams([...devices].map((device) => ["device", device]))}`,
    { clock: () => {}, reading: () => {}, event: () => {}, state: soon, availability: soon },
    connection,
  );
  setInterval(() => Date.now() - asked > EVERY_MS && !document.hidden && soon(), EVERY_MS);
}
