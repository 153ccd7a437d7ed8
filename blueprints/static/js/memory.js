/**
 * What this browser remembers over a reload: the link shown, and which downloads it asked for. How far they are is the
 * server's to tell. Where storage is denied or full, the page works all the same and forgets.
 */

const KEY = "music-dl";
const JOBS_KEPT = 2000;
const BATCHES_KEPT = 50;

/**
 * @typedef {{link: string, format: string, jobs: [string, string][], batches: [string, string][]}} Kept
 */

export class Memory {
  #storage;
  /** @type {Map<string, string>} job id → address of its audio */
  #jobs = new Map();
  /** @type {Map<string, string>} list and format → batch id */
  #batches = new Map();
  #link = "";
  #format = "m4a";

  /** @param {Storage | null} storage */
  constructor(storage) {
    this.#storage = storage;
    const kept = this.#read();
    this.#link = typeof kept.link === "string" ? kept.link : "";
    this.#format = typeof kept.format === "string" ? kept.format : "m4a";
    this.#jobs = new Map(pairs(kept.jobs));
    this.#batches = new Map(pairs(kept.batches));
  }

  get link() {
    return this.#link;
  }

  set link(link) {
    this.#link = link;
    this.#write();
  }

  get format() {
    return this.#format;
  }

  set format(format) {
    this.#format = format;
    this.#write();
  }

  /**
   * Where the audio of a job asked for here is, or will be; undefined for a job not asked for.
   * @param {string} jobId
   */
  audioOf(jobId) {
    return this.#jobs.get(jobId);
  }

  /**
   * @param {string} jobId
   * @param {string} audio
   */
  keepJob(jobId, audio) {
    if (this.#jobs.get(jobId) === audio) return;
    keep(this.#jobs, jobId, audio, JOBS_KEPT);
    this.#write();
  }

  /** @param {string} jobId */
  dropJob(jobId) {
    if (this.#jobs.delete(jobId)) this.#write();
  }

  /** @param {string} list */
  batchOf(list) {
    return this.#batches.get(list);
  }

  /**
   * @param {string} list
   * @param {string} batchId
   */
  keepBatch(list, batchId) {
    keep(this.#batches, list, batchId, BATCHES_KEPT);
    this.#write();
  }

  /** @param {string} list */
  dropBatch(list) {
    if (this.#batches.delete(list)) this.#write();
  }

  /** @returns {Partial<Kept>} */
  #read() {
    try {
      const kept = JSON.parse(this.#storage?.getItem(KEY) ?? "{}");
      return typeof kept === "object" && kept !== null ? kept : {};
    } catch {
      return {};
    }
  }

  #write() {
    /** @type {Kept} */
    const kept = { link: this.#link, format: this.#format, jobs: [...this.#jobs], batches: [...this.#batches] };
    try {
      this.#storage?.setItem(KEY, JSON.stringify(kept));
    } catch (error) {
      console.info("The browser keeps nothing:", error);
    }
  }
}

/** The browser's storage, or null where the user has denied it. */
export function browserStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

/**
 * @param {unknown} kept
 * @returns {[string, string][]}
 */
function pairs(kept) {
  if (!Array.isArray(kept)) return [];
  return kept.filter((each) => Array.isArray(each) && typeof each[0] === "string" && typeof each[1] === "string");
}

/**
 * Adds to the end, and lets the oldest go.
 * @param {Map<string, string>} map
 * @param {string} key
 * @param {string} value
 * @param {number} limit
 */
function keep(map, key, value, limit) {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) break;
    map.delete(oldest);
  }
}
