/** Listens to the lab's server-sent events for as long as somebody looks at the page. */

const SILENCE_MS = 50_000; // the lab says something at least every 20 s
const AGAIN_MS = 10_000;

/**
 * Calls `handlers[type](data)` for every event, and `connection("live" | "lost")` when that changes.
 *
 * The browser itself tries again when the connection breaks. It does not when the lab refuses it for now, nor when
 * the network falls silent without a word: `watch` sees to these. A hidden page listens to nothing, which spares
 * the phone's battery and leaves its place to others.
 */
export function listen(address, handlers, connection) {
  let source = null;
  let heardMs = 0;

  function heard() {
    heardMs = Date.now();
    connection("live");
  }

  function open() {
    close();
    heardMs = Date.now();
    source = new EventSource(address);
    source.addEventListener("error", () => connection("lost"));
    for (const [type, handle] of Object.entries(handlers)) {
      source.addEventListener(type, (event) => {
        heard();
        handle(JSON.parse(event.data));
      });
    }
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  function watch() {
    if (!source) return;
    const silentMs = Date.now() - heardMs;
    const refused = source.readyState === EventSource.CLOSED && silentMs > AGAIN_MS;
    if (refused || silentMs > SILENCE_MS) {
      connection("lost");
      open();
    }
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  setInterval(watch, 5_000);
  open();
}
