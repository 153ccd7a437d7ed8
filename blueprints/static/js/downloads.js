/**
 * The downloads of the list on the page: asks for them, follows those in sight, goes on with them after a reload.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Track} Track
 * @typedef {import("./feed.js").LinkState} LinkState
 * @typedef {import("./shown.js").Shown} Shown
 */

import * as api from "./api.js";
import { webAddress } from "./dom.js";
import { ProgressFeed, isFinal } from "./feed.js";
import { Jobs, isConfirmed } from "./jobs.js";

export class Downloads {
  #memory;
  #onTrack;
  #onBatch;
  #onEnd;
  #isHeld;
  /** @type {Shown | null} */
  #shown = null;
  /** @type {Set<string>} jobs of the tracks in sight */
  #seen = new Set();
  #jobs;
  #feed;

  /**
   * `onTrack` hears that something about a track has changed, `onBatch` the same of the list's batch, `onEnd` that a
   * job or a batch which this page saw running has ended. `isHeld` says whether a job is followed out of sight too.
   * @param {{memory: import("./memory.js").Memory, onTrack: (trackId: string) => void,
   *   onBatch: (batch: Job | undefined) => void, onEnd: (job: Job) => void, onState: (state: LinkState) => void,
   *   isHeld: (jobId: string) => boolean}} parts
   */
  constructor({ memory, onTrack, onBatch, onEnd, onState, isHeld }) {
    this.#memory = memory;
    this.#onTrack = onTrack;
    this.#onBatch = onBatch;
    this.#onEnd = onEnd;
    this.#isHeld = isHeld;
    this.#jobs = new Jobs({ memory, onChange: (job, before) => this.#changed(job, before) });
    this.#feed = new ProgressFeed({
      socketAddress: api.socketAddress(),
      readJob: api.job,
      onJob: (job) => this.#jobs.take(job),
      onLost: (jobId) => this.#lost(jobId),
      onState,
    });
  }

  /** @param {Shown} shown */
  show(shown) {
    for (const jobId of this.#seen) this.#leave(jobId);
    this.#seen.clear();
    this.#shown = shown;
    const batchId = this.#batchId;
    if (batchId !== undefined) this.#feed.follow(batchId, this.#jobs.get(batchId)?.seq);
    this.#onBatch(batchId === undefined ? undefined : this.#jobs.get(batchId));
  }

  /**
   * A track has come into sight, or left it.
   * @param {string} trackId
   * @param {boolean} seen
   */
  look(trackId, seen) {
    if (this.#shown === null) return;
    const jobId = this.#shown.jobId(trackId);
    if (seen) {
      this.#seen.add(jobId);
      this.#follow(jobId);
    } else {
      this.#seen.delete(jobId);
      this.#leave(jobId);
    }
  }

  /**
   * The last that was heard of a track's job.
   * @param {Track} track
   */
  jobOf(track) {
    return this.#shown === null ? undefined : this.#jobs.get(this.#shown.jobId(track.id));
  }

  /**
   * Where the finished file is; null while there is none.
   * @param {Track} track
   */
  fileOf(track) {
    const job = this.jobOf(track);
    if (job === undefined) return this.#shown?.fileOf(track) ?? null;
    return job.state === "done" ? webAddress(job.download_cdn) : null;
  }

  /**
   * Where a file that is under way can be listened to; null when none is under way.
   * @param {Track} track
   */
  streamOf(track) {
    const job = this.jobOf(track);
    if (job === undefined || isFinal(job) || !isConfirmed(job)) return null;
    return webAddress(job.stream_url ?? this.#memory.audioOf(job.job_id));
  }

  /** Whether the list's batch is under way. */
  get isBatchOpen() {
    return this.#batchId !== undefined && this.#jobs.isOpen(this.#batchId);
  }

  /**
   * @param {Track} track
   * @returns {Promise<Job | null>} null when it was refused; the track's job tells why
   */
  async ask(track) {
    if (this.#shown === null) return null;
    return await this.#jobs.ask(track.id, this.#shown.format);
  }

  /**
   * Throws `Problem`.
   * @param {Track} track
   */
  async cancel(track) {
    if (this.#shown !== null) await this.#jobs.cancel(this.#shown.jobId(track.id));
  }

  /** Asks for the whole list. Throws `Problem`. */
  async askAll() {
    const shown = this.#shown;
    if (shown === null) return;
    const batch = await api.askAll(shown.link, shown.format);
    this.#memory.keepBatch(shown.key, batch.job_id);
    this.#jobs.take(batch);
    for (const jobId of this.#seen) this.#follow(jobId);
  }

  /** Stops the whole list. Throws `Problem`. */
  async cancelAll() {
    if (this.#batchId !== undefined) await this.#jobs.cancel(this.#batchId);
  }

  get #batchId() {
    return this.#shown === null ? undefined : this.#memory.batchOf(this.#shown.key);
  }

  /** @param {string} jobId */
  #leave(jobId) {
    if (!this.#isHeld(jobId)) this.#feed.leave(jobId);
  }

  /**
   * Follows the job of a track in sight, if this browser waits for it.
   * @param {string} jobId
   */
  #follow(jobId) {
    const job = this.#jobs.get(jobId);
    if (job !== undefined) {
      if (!isFinal(job) && isConfirmed(job)) this.#feed.follow(jobId, job.seq);
      return;
    }
    const track = this.#shown?.trackOf(jobId);
    const asked = this.#memory.audioOf(jobId) !== undefined || this.#batchId !== undefined;
    if (track !== undefined && asked && this.fileOf(track) === null) this.#feed.follow(jobId);
  }

  /**
   * @param {Job} job
   * @param {Job | undefined} before
   */
  #changed(job, before) {
    const open = !isFinal(job);
    if (job.job_id === this.#batchId) {
      this.#batchChanged(job, before);
    } else if (job.track_id !== null) {
      if (open && isConfirmed(job) && this.#seen.has(job.job_id)) this.#feed.follow(job.job_id, job.seq);
      this.#onTrack(job.track_id);
    }
    if (!open && before !== undefined && !isFinal(before)) this.#onEnd(job);
  }

  /**
   * @param {Job} batch
   * @param {Job | undefined} before
   */
  #batchChanged(batch, before) {
    if (!isFinal(batch)) this.#feed.follow(batch.job_id, batch.seq);
    this.#onBatch(batch);
    // Jobs come into being one by one: those that were not there yet may be now.
    if (JSON.stringify(batch.tracks) === JSON.stringify(before?.tracks)) return;
    for (const jobId of this.#seen) this.#follow(jobId);
  }

  /** @param {string} jobId */
  #lost(jobId) {
    if (jobId === this.#batchId && this.#shown !== null) {
      this.#memory.dropBatch(this.#shown.key);
      this.#onBatch(undefined);
    }
    this.#jobs.forget(jobId);
  }
}
