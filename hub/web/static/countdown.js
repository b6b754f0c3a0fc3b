/** A turn's time, counted down between two news of it. */
import { clock, labTimeMs } from "./formats.js";

export class Countdown {
  constructor(element) {
    this.element = element;
    this.endMs = null;
  }

  /** `seconds` were left when the cabinet said so; its own clock counts where it can be trusted. */
  set(seconds, said) {
    const saidMs = said.clock === "trusted" ? Date.parse(said.at) : labTimeMs();
    this.endMs = typeof seconds === "number" ? Math.min(saidMs, labTimeMs()) + seconds * 1000 : null;
    this.show();
  }

  show() {
    if (this.endMs !== null) {
      const left = clock((this.endMs - labTimeMs()) / 1000);
      if (this.element.textContent !== left) this.element.textContent = left;
    }
  }
}
