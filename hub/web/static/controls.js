/** The buttons' tester: what is pressed on the cabinet lights up here. */
import { number } from "./formats.js";
import { listen } from "./live.js";
import { connection, presence } from "./parts.js";
import { words } from "./words.js";

const WATCH_EVERY_MS = 30_000; // the cabinet tells every press for a minute after it was asked
const DELAY_DECIMALS = 2;

const tester = document.querySelector(".tester");
const named = (player, button) => `[data-player="${CSS.escape(player)}"][data-button="${CSS.escape(button)}"]`;

function showPressed(pressed) {
  for (const light of tester.querySelectorAll(".light")) {
    const { player, button } = light.dataset;
    light.dataset.pressed = pressed?.[player]?.includes(button) ? "yes" : "no";
  }
}

function showSwitches(players) {
  const worn = [];
  for (const [player, switches] of Object.entries(players || {})) {
    for (const [button, measured] of Object.entries(switches)) {
      const row = tester.querySelector(`tr${named(player, button)}`);
      if (!row) continue;
      showSwitch(row, measured);
      if (measured.worn) worn.push([row, measured.worn]);
    }
  }
  showWorn(worn);
}

function showSwitch(row, measured) {
  row.dataset.worn = measured.worn ? "yes" : "no";
  for (const cell of row.querySelectorAll("[data-count]")) {
    const { count } = cell.dataset;
    cell.textContent = number(count === "presses" ? measured.presses : measured.bounces?.[count] || 0, 0);
  }
  for (const cell of row.querySelectorAll("[data-delay]")) {
    const delay = measured.latency_us?.[cell.dataset.delay];
    cell.textContent = delay === undefined ? "–" : `${number(delay / 1000, DELAY_DECIMALS)} ms`;
  }
  showBar(row, measured.bounces || {});
}

function showBar(row, bounces) {
  const bars = [...row.querySelectorAll("rect")];
  const counts = [...row.querySelectorAll("[data-count]")].slice(1).map((cell) => bounces[cell.dataset.count] || 0);
  const all = Math.max(1, counts.reduce((sum, count) => sum + count, 0));
  let x = 0;
  bars.forEach((bar, index) => {
    const width = (100 * counts[index]) / all;
    bar.setAttribute("x", x.toFixed(2));
    bar.setAttribute("width", width.toFixed(2));
    x += width;
  });
}

function showWorn(worn) {
  const section = tester.querySelector(".worn");
  section.hidden = worn.length === 0;
  const blank = section.querySelector("template").content.firstElementChild;
  section.querySelector("ul").replaceChildren(
    ...worn.map(([row, why]) => {
      const item = blank.cloneNode(true);
      const player = words.players.one.replace("{number}", row.dataset.player);
      item.querySelector(".name").textContent = `${player} – ${row.querySelector("th span").textContent}`;
      item.querySelector(".why").textContent = why;
      return item;
    }),
  );
}

/** Only while somebody looks: it costs the cabinet a little. */
function watch() {
  if (!document.hidden) fetch(`/arcade/${tester.dataset.device}/watch`, { method: "POST" }).catch(() => {});
}

const HEARD = { pressed: showPressed, switches: showSwitches };

listen(
  `/api/events?${new URLSearchParams({ device: tester.dataset.device })}`,
  {
    clock: () => {},
    availability: ({ online }) => presence(tester, online),
    state: ({ name, value }) => HEARD[name]?.(value),
  },
  connection,
);
watch();
setInterval(watch, WATCH_EVERY_MS);
document.addEventListener("visibilitychange", watch);
