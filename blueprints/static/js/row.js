/**
 * One track: its three lines, its two buttons, its bar. The height never changes, whatever happens to the track.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Track} Track
 * @typedef {{job: Job | undefined, ready: boolean, waiting: boolean, playing: boolean}} RowState
 * @typedef {"download" | "cancel" | "save"} RowAction
 */

import { StageBar, progressLine } from "./bar.js";
import { copyOf, setIcon, setText, within } from "./dom.js";
import { clock, line } from "./format.js";

export class TrackRow {
  #play;
  #act;
  #status;
  /** @type {StageBar | null} */
  #bar = null;
  /** @type {RowAction} what the second button does now */
  action = "download";

  /**
   * @param {Track} track
   * @param {number} index
   */
  constructor(track, index) {
    this.track = track;
    this.element = copyOf("track-row");
    this.element.dataset.index = String(index);
    this.#play = within(this.element, "[data-action=play]", HTMLButtonElement);
    this.#act = within(this.element, "[data-action=download]", HTMLButtonElement);
    this.#status = within(this.element, ".row-status", HTMLElement);
    setText(within(this.element, ".row-title", HTMLElement), track.name);
    setText(within(this.element, ".row-artists", HTMLElement), track.artists.map((each) => each.name).join(", "));
  }

  /** @param {RowState} state */
  show({ job, ready, waiting, playing }) {
    const { track } = this;
    const state = job?.state ?? (ready ? "done" : waiting ? "queued" : "idle");
    this.element.dataset.state = state;
    setIcon(this.#play, playing ? "pause" : "play", `${playing ? "Pause" : "Play"} ${track.name}`);
    const [icon, action, label] = actionFor(state, job?.error?.retryable !== false);
    this.action = action;
    setIcon(this.#act, icon, `${label} ${track.name}`);
    setText(this.#status, this.#statusText(state, job));
    this.#status.title = state === "failed" ? (this.#status.textContent ?? "") : "";
    this.#showBar(state === "queued" || state === "running" ? job : undefined);
  }

  /**
   * @param {string} state
   * @param {Job | undefined} job
   */
  #statusText(state, job) {
    const { track } = this;
    const facts = line(clock(track.duration_ms), track.explicit && "Explicit", track.album?.name);
    if (state === "failed") return job?.error?.message ?? "The download failed.";
    if (state === "queued" || state === "running") return job ? progressLine(job) : "Waiting";
    if (state === "done") return line("Ready", facts);
    return state === "cancelled" ? line("Cancelled", facts) : facts;
  }

  /** @param {Job | undefined} job */
  #showBar(job) {
    if (job !== undefined && this.#bar === null) {
      this.#bar = new StageBar(this.track.name);
      this.element.append(this.#bar.element);
    }
    if (this.#bar === null) return;
    this.#bar.element.hidden = job === undefined;
    if (job !== undefined) this.#bar.show(job);
  }
}

/**
 * Icon, meaning and words of the second button.
 * @param {string} state
 * @param {boolean} promising whether another try may help
 * @returns {[string, RowAction, string]}
 */
function actionFor(state, promising) {
  if (state === "queued" || state === "running") return ["cancel", "cancel", "Cancel"];
  if (state === "done") return ["save", "save", "Save"];
  if (state === "idle" || !promising) return ["download", "download", "Download"];
  return ["retry", "download", "Try again:"];
}
