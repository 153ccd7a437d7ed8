/**
 * A download's bar: a piece for each stage; the piece of the fetch, by far the longest, fills with the bytes.
 *
 * @typedef {import("./api.js").Job} Job
 */

import { line, size, span } from "./format.js";

/** In the order in which they happen. */
const STAGES = ["resolve", "search", "extract", "fetch", "verify", "tag", "store"];

/** @type {Record<string, string>} */
const NAMES = {
  resolve: "Reading metadata",
  search: "Searching",
  extract: "Asking for the address",
  fetch: "Fetching",
  verify: "Checking",
  tag: "Tagging",
  store: "Storing",
};

/**
 * How far the job is, for reading: `Fetching · 42 % · 1.2 MB/s · 8 s left`.
 * @param {Job} job
 */
export function progressLine(job) {
  if (job.state !== "running" || job.stage === null) return job.message ?? "Waiting";
  const percent = `${Math.floor(job.percent)} %`;
  if (job.stage !== "fetch") return line(NAMES[job.stage] ?? job.stage, percent);
  return line(
    NAMES.fetch,
    percent,
    job.speed_bps !== null && `${size(job.speed_bps)}/s`,
    job.eta_s !== null && `${span(job.eta_s)} left`,
  );
}

export class StageBar {
  /** @type {HTMLElement[]} */
  #pieces;

  /** @param {string} label */
  constructor(label) {
    this.element = document.createElement("div");
    this.element.className = "bar";
    this.element.setAttribute("role", "progressbar");
    this.element.setAttribute("aria-label", label);
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", "100");
    this.#pieces = STAGES.map((stage) => {
      const piece = document.createElement("span");
      piece.className = `piece piece-${stage}`;
      piece.append(document.createElement("span"));
      this.element.append(piece);
      return piece;
    });
  }

  /** @param {Job} job */
  show(job) {
    const reached = job.state === "running" && job.stage !== null ? STAGES.indexOf(job.stage) : -1;
    const fetched = job.bytes_total ? Math.min(1, job.bytes_done / job.bytes_total) : 0;
    this.element.dataset.stage = job.stage ?? "";
    this.element.setAttribute("aria-valuenow", String(Math.floor(job.percent)));
    this.element.setAttribute("aria-valuetext", progressLine(job));
    this.#pieces.forEach((piece, index) => {
      const isFetch = STAGES[index] === "fetch";
      const filled = index < reached ? 1 : index === reached && isFetch ? fetched : 0;
      piece.classList.toggle("busy", index === reached && !isFetch);
      // By a property, not by an attribute: the page's policy allows no inline style.
      /** @type {HTMLElement} */ (piece.firstElementChild).style.transform = `scaleX(${filled})`;
    });
  }
}
