/**
 * Asks for the numbers again and again. A server that is away is asked until it is back; a tab out of sight asks nothing
 * and catches up when it is looked at.
 */

import { Problem, adminStats } from "../js/api.js";

const PERIOD_MS = 10_000;
const FIRST_RETRY_MS = 1000;
const DEADLINE_MS = 30_000;
/** Long spans cost the server more: it works on them for no more than this part of the time. */
const SHARE = 0.05;
/** Answers that asking again will not mend. */
const FINAL = new Set(["unauthorized", "forbidden", "admin_closed", "invalid_request"]);

export class StatsFeed {
  #on;
  #key = "";
  #hours = 24;
  #open = false;
  #paused = false;
  #failures = 0;
  #restMs = PERIOD_MS;
  #asking = new AbortController();
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {{stats: (stats: import("./stats.js").Stats) => void, fault: (fault: Problem, again: boolean) => void,
   *   asks: () => void}} on
   */
  constructor(on) {
    this.#on = on;
    document.addEventListener("visibilitychange", () => this.#wake());
    addEventListener("online", () => this.#wake());
  }

  /** Numbers of this age are old: three answers have not come. */
  get oldMs() {
    return 3 * this.#restMs;
  }

  get paused() {
    return this.#paused;
  }

  /**
   * @param {string} key
   * @param {number} hours
   */
  open(key, hours) {
    this.#key = key;
    this.#hours = hours;
    this.#open = true;
    this.#failures = 0;
    this.#ask();
  }

  close() {
    this.#open = false;
    this.#paused = false;
    this.#halt();
  }

  pause() {
    this.#paused = true;
    this.#halt();
  }

  resume() {
    this.#paused = false;
    this.#ask();
  }

  /** Now, paused or not. */
  refresh() {
    this.#ask();
  }

  #wake() {
    if (this.#open && !this.#paused && !document.hidden) this.#ask();
  }

  #halt() {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  async #ask() {
    this.#halt();
    const mine = new AbortController();
    this.#asking = mine;
    this.#on.asks();
    const started = performance.now();
    let restMs;
    try {
      const stats = await adminStats(this.#key, this.#hours, AbortSignal.any([mine.signal, AbortSignal.timeout(DEADLINE_MS)]));
      if (mine.signal.aborted) return;
      this.#failures = 0;
      this.#restMs = restMs = Math.max(PERIOD_MS, (performance.now() - started) * (1 / SHARE - 1));
      this.#on.stats(stats);
    } catch (error) {
      if (mine.signal.aborted) return;
      const fault = asProblem(error);
      const again = !FINAL.has(fault.code);
      restMs = Math.max((fault.retryAfterS ?? 0) * 1000, Math.min(PERIOD_MS, FIRST_RETRY_MS * 2 ** this.#failures));
      this.#failures += 1;
      this.#on.fault(fault, again);
      if (!again) return;
    }
    if (this.#open && !this.#paused && !mine.signal.aborted) this.#timer = setTimeout(() => this.#next(), restMs);
  }

  #next() {
    // Out of sight: `visibilitychange` goes on from here.
    if (!document.hidden) this.#ask();
  }
}

/**
 * @param {unknown} error
 * @returns {Problem}
 */
function asProblem(error) {
  if (error instanceof Problem) return error;
  if (error instanceof DOMException) {
    return new Problem({ code: "no_answer", message: "The server does not answer.", retryable: true });
  }
  throw error;
}
