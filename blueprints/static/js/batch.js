/**
 * Downloading all of a list: the button, the bar in sum, the ZIP.
 *
 * @typedef {import("./api.js").Job} Job
 */

import { archive } from "./api.js";
import { byId, setText } from "./dom.js";
import { isFinal } from "./feed.js";
import { line, size, span } from "./format.js";

export class BatchPanel {
  #actions = byId("actions", HTMLElement);
  #button = byId("all", HTMLButtonElement);
  #zip = byId("zip", HTMLAnchorElement);
  #panel = byId("batch", HTMLElement);
  #bar = byId("batch-bar", HTMLElement);
  #fill = byId("batch-fill", HTMLElement);
  #text = byId("batch-text", HTMLElement);
  #running = false;

  /** @param {{onAsk: () => void, onCancel: () => void}} parts */
  constructor({ onAsk, onCancel }) {
    this.#button.addEventListener("click", () => (this.#running ? onCancel() : onAsk()));
  }

  get isOpen() {
    return this.#running;
  }

  /**
   * @param {number} count how many tracks there are to download
   * @param {boolean} together whether they are a list
   */
  offer(count, together) {
    this.#actions.hidden = count === 0;
    this.#button.hidden = this.#panel.hidden = count === 0 || !together;
  }

  /** @param {Job | undefined} batch */
  show(batch) {
    this.#running = batch !== undefined && !isFinal(batch);
    this.#panel.dataset.state = batch?.state ?? "idle";
    const again = batch !== undefined && batch.state !== "done";
    setText(this.#button, this.#running ? "Cancel all" : again || batch?.tracks?.failed ? "Try all again" : "Download all");
    const percent = batch?.percent ?? 0;
    const text = batch ? summary(batch) : "";
    this.#bar.setAttribute("aria-valuenow", String(Math.floor(percent)));
    this.#bar.setAttribute("aria-valuetext", text);
    this.#fill.style.transform = `scaleX(${percent / 100})`;
    setText(this.#text, text);
    const packed = batch !== undefined && isFinal(batch) && (batch.tracks?.done ?? 0) > 0;
    this.#zip.hidden = !packed;
    if (packed) this.#zip.href = archive(batch.job_id);
  }
}

/** @param {Job} batch */
function summary(batch) {
  const counts = batch.tracks;
  if (batch.state === "failed" && batch.error) return batch.error.message;
  if (!counts) return batch.message ?? "";
  return line(
    batch.state === "cancelled" && "Cancelled",
    `${counts.done} of ${counts.total} ready`,
    counts.failed > 0 && `${counts.failed} failed`,
    !isFinal(batch) && `${Math.floor(batch.percent)} %`,
    !isFinal(batch) && batch.speed_bps !== null && batch.speed_bps > 0 && `${size(batch.speed_bps)}/s`,
    !isFinal(batch) && batch.eta_s !== null && `${span(batch.eta_s)} left`,
  );
}
