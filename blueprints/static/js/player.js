/**
 * Plays in place: the stream while the file still arrives, the file once it is there.
 *
 * @typedef {{jobId: string, trackId: string, title: string, artists: string, cover: string | null, source: string,
 *   live: boolean}} Piece
 */

import { byId, setPicture, setText } from "./dom.js";

export class Player {
  #panel = byId("player", HTMLElement);
  #cover = byId("player-cover", HTMLImageElement);
  #title = byId("player-title", HTMLElement);
  #note = byId("player-note", HTMLElement);
  #audio = byId("audio", HTMLAudioElement);
  /** @type {Piece | null} */
  #piece = null;
  #failed = false;
  #onChange;

  /** @param {{onChange: (piece: Piece) => void, onEnd: (piece: Piece) => void}} parts */
  constructor({ onChange, onEnd }) {
    this.#onChange = onChange;
    const tell = () => this.#piece && onChange(this.#piece);
    for (const name of ["play", "pause"]) this.#audio.addEventListener(name, tell);
    this.#audio.addEventListener("playing", () => this.#say(this.#isLive() ? "Playing while it arrives" : ""));
    this.#audio.addEventListener("error", () => this.#broken());
    this.#audio.addEventListener("ended", () => this.#piece && onEnd(this.#piece));
  }

  /** The job whose audio is loaded. */
  get jobId() {
    return this.#piece?.jobId ?? null;
  }

  get isPlaying() {
    return this.#piece !== null && !this.#audio.paused && !this.#audio.ended;
  }

  /** @param {Piece} piece */
  play(piece) {
    const former = this.#piece;
    this.#piece = piece;
    this.#failed = false;
    setText(this.#title, [piece.title, piece.artists].filter(Boolean).join(" — "));
    setPicture(this.#cover, piece.cover);
    this.#panel.hidden = false;
    document.body.classList.add("with-player");
    this.#say(piece.live ? "Waiting for the first seconds" : "");
    this.#audio.src = piece.source;
    this.#start();
    tellSystem(piece);
    if (former !== null) this.#onChange(former);
  }

  toggle() {
    if (this.isPlaying) this.#audio.pause();
    else this.#start();
  }

  /**
   * The job has ended well. The file takes the stream's place at once, where one was listening: it can be wound, which
   * the stream cannot (browsers jump to its start instead).
   * @param {string} jobId
   * @param {string} file
   */
  arrived(jobId, file) {
    if (this.#piece?.jobId !== jobId || !this.#piece.live) return;
    const at = this.#audio.currentTime;
    const resume = this.#failed || !this.#audio.paused;
    this.#piece = { ...this.#piece, source: file, live: false };
    this.#failed = false;
    this.#audio.src = file;
    this.#audio.currentTime = at;
    this.#say("");
    if (resume) this.#start();
  }

  /**
   * The job has ended badly.
   * @param {string} jobId
   * @param {string} sentence
   */
  lost(jobId, sentence) {
    if (this.#piece?.jobId === jobId && this.#piece.live) this.#say(sentence);
  }

  #isLive() {
    return this.#piece?.live === true;
  }

  #broken() {
    this.#failed = true;
    this.#say(this.#isLive() ? "The stream broke off; it goes on when the file is there" : "This cannot be played");
  }

  #start() {
    this.#audio.play().catch((error) => {
      // Some browsers want the press on their own button; a newer source replaces the former without a fault.
      if (error.name === "NotAllowedError") this.#say("Press play");
    });
  }

  /** @param {string} sentence */
  #say(sentence) {
    setText(this.#note, sentence);
  }
}

/**
 * For the lock screen.
 * @param {Piece} piece
 */
function tellSystem(piece) {
  if (!("mediaSession" in navigator)) return;
  const artwork = piece.cover ? [{ src: piece.cover }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({ title: piece.title, artist: piece.artists, artwork });
}
