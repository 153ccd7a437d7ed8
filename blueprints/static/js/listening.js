/**
 * What a press on a track's play button does: the file if it is there, the stream if it is under way, else ask first.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Track} Track
 * @typedef {import("./downloads.js").Downloads} Downloads
 * @typedef {import("./shown.js").Shown} Shown
 */

import { webAddress } from "./dom.js";
import { Player } from "./player.js";

export class Listening {
  #downloads;
  #shown;
  #player;

  /**
   * `shown` gives the list on the page; `onTrack` hears that a track begins to play, or stops.
   * @param {{downloads: Downloads, shown: () => Shown | null, onTrack: (trackId: string) => void}} parts
   */
  constructor({ downloads, shown, onTrack }) {
    this.#downloads = downloads;
    this.#shown = shown;
    this.#player = new Player({ onChange: (piece) => onTrack(piece.trackId), onEnd: (piece) => this.#next(piece.jobId) });
  }

  /**
   * Whether the job's audio is in the player, playing or not.
   * @param {string | undefined} jobId
   */
  holds(jobId) {
    return jobId !== undefined && this.#player.jobId === jobId;
  }

  /** @param {string} trackId */
  isPlaying(trackId) {
    return this.holds(this.#shown()?.jobId(trackId)) && this.#player.isPlaying;
  }

  /** @param {Track} track */
  async press(track) {
    if (this.holds(this.#shown()?.jobId(track.id))) {
      this.#player.toggle();
      return;
    }
    // Without waiting where the address is known: some browsers allow sound only right after the press.
    const file = this.#downloads.fileOf(track);
    const stream = this.#downloads.streamOf(track);
    if (file !== null) {
      this.#start(track, file, false);
    } else if (stream !== null) {
      this.#start(track, stream, true);
    } else {
      const job = await this.#downloads.ask(track);
      const found = webAddress(job?.download_cdn ?? job?.stream_url);
      if (job !== null && found !== null) this.#start(track, found, job.download_cdn === null);
    }
  }

  /** @param {Job} job */
  ended(job) {
    if (job.state === "done" && job.download_cdn !== null) this.#player.arrived(job.job_id, job.download_cdn);
    else this.#player.lost(job.job_id, job.error?.message ?? "The download was stopped");
  }

  /**
   * @param {Track} track
   * @param {string} source
   * @param {boolean} live
   */
  #start(track, source, live) {
    const shown = this.#shown();
    if (shown === null) return;
    this.#player.play({
      jobId: shown.jobId(track.id),
      trackId: track.id,
      title: track.name,
      artists: track.artists.map((each) => each.name).join(", "),
      cover: shown.coverOf(track),
      source,
      live,
    });
  }

  /**
   * Goes on with the next track that is there.
   * @param {string} jobId
   */
  #next(jobId) {
    const following = this.#shown()?.after(jobId) ?? [];
    for (const track of following) {
      const file = this.#downloads.fileOf(track);
      if (file !== null) {
        this.#start(track, file, false);
        return;
      }
    }
  }
}
