/**
 * What is known of the downloads: asked for, followed, stopped. The server has the truth; this is the last we heard.
 *
 * @typedef {import("./api.js").Job} Job
 */

import * as api from "./api.js";
import { isFinal } from "./feed.js";

/**
 * The id of the job for this track in this format: the same wish is the same job.
 * @param {string} trackId
 * @param {string} format
 */
export function jobIdOf(trackId, format) {
  return `${trackId}-${format}`;
}

export class Jobs {
  #memory;
  #onChange;
  /** @type {Map<string, Job>} */
  #known = new Map();

  /** @param {{memory: import("./memory.js").Memory, onChange: (job: Job, before: Job | undefined) => void}} parts */
  constructor({ memory, onChange }) {
    this.#memory = memory;
    this.#onChange = onChange;
  }

  /** @param {string} jobId */
  get(jobId) {
    return this.#known.get(jobId);
  }

  /**
   * Whether this page waits for the job.
   * @param {string} jobId
   */
  isOpen(jobId) {
    const job = this.#known.get(jobId);
    return job !== undefined && !isFinal(job);
  }

  /** @param {Job} job */
  take(job) {
    const before = this.#known.get(job.job_id);
    this.#known.set(job.job_id, { ...job, stream_url: job.stream_url ?? before?.stream_url });
    this.#onChange(job, before);
  }

  /** @param {string} jobId */
  forget(jobId) {
    this.#memory.dropJob(jobId);
    const before = this.#known.get(jobId);
    this.#known.delete(jobId);
    if (before !== undefined) this.#onChange({ ...before, state: "cancelled" }, before);
  }

  /**
   * Wishes for a track; the answer, or null when it was refused (the row tells why).
   * @param {string} trackId
   * @param {string} format
   * @returns {Promise<Job | null>}
   */
  async ask(trackId, format) {
    const jobId = jobIdOf(trackId, format);
    this.take(blank(jobId, trackId));
    try {
      const job = await api.askTrack(trackId, format);
      this.#memory.keepJob(job.job_id, job.stream_url ?? "");
      this.take(job);
      return job;
    } catch (error) {
      this.take({ ...blank(jobId, trackId), state: "failed", error: faultOf(error) });
      return null;
    }
  }

  /**
   * Stops a job or a batch. Throws `Problem`.
   * @param {string} jobId
   */
  async cancel(jobId) {
    this.take(await api.cancel(jobId));
  }
}

/** The type of a job that the server has not yet confirmed. */
const ASKING = "asking";

/**
 * Whether the server knows of the job, as far as we know.
 * @param {Job} job
 */
export function isConfirmed(job) {
  return job.type !== ASKING;
}

/**
 * A job of which nothing is known yet but that it is wanted.
 * @param {string} jobId
 * @param {string} trackId
 * @returns {Job}
 */
function blank(jobId, trackId) {
  return {
    type: ASKING, job_id: jobId, track_id: trackId, seq: 0, state: "queued", stage: null, percent: 0, bytes_done: 0,
    bytes_total: null, speed_bps: null, eta_s: null, message: "Asking", error: null, download_cdn: null,
  };
}

/**
 * @param {unknown} error
 * @returns {import("./api.js").Fault}
 */
export function faultOf(error) {
  if (error instanceof api.Problem) {
    return { code: error.code, message: error.message, retryable: error.retryable, retry_after: error.retryAfterS };
  }
  console.error(error);
  return { code: "page", message: "This page made a mistake; reload it.", retryable: true, retry_after: null };
}
