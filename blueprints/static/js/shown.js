/**
 * The list on the page, in the format chosen.
 *
 * @typedef {import("./api.js").Collection} Collection
 * @typedef {import("./api.js").Track} Track
 */

import { pictureFor, webAddress } from "./dom.js";
import { jobIdOf } from "./jobs.js";

const COVER_WIDTH = 300;

export class Shown {
  /**
   * @param {Collection} found
   * @param {string} format
   */
  constructor(found, format) {
    this.found = found;
    this.format = format;
    /** @type {Track[]} a track's page is a list of one */
    this.tracks = found.type === "track" ? [/** @type {any} */ (found)] : (found.tracks ?? []);
    this.#byJob = new Map(this.tracks.map((track) => [this.jobId(track.id), track]));
  }

  /** @type {Map<string, Track>} */
  #byJob;

  /** A link to it, whatever was pasted. */
  get link() {
    return `spotify:${this.found.type}:${this.found.id}`;
  }

  /** What its batch is remembered under. */
  get key() {
    return `${this.found.type}:${this.found.id}:${this.format}`;
  }

  /** @param {string} trackId */
  jobId(trackId) {
    return jobIdOf(trackId, this.format);
  }

  /**
   * The track that a job is about, if it is shown.
   * @param {string} jobId
   */
  trackOf(jobId) {
    return this.#byJob.get(jobId);
  }

  /**
   * The tracks below a job's.
   * @param {string} jobId
   */
  after(jobId) {
    const place = this.tracks.findIndex((track) => this.jobId(track.id) === jobId);
    return place < 0 ? [] : this.tracks.slice(place + 1);
  }

  /**
   * The file that was there when the list was read; null when there was none in this format.
   * @param {Track} track
   */
  fileOf(track) {
    const file = track.music_dl_downloaded ? webAddress(track.music_dl_cdn) : null;
    return file !== null && new URL(file).pathname.endsWith(`.${this.format}`) ? file : null;
  }

  /** @param {Track} track */
  coverOf(track) {
    return webAddress(pictureFor(track.images?.length ? track.images : this.found.images, COVER_WIDTH));
  }
}
