/**
 * The rows of an album or a playlist. Thousands are added in small portions, between which the page answers; those out
 * of sight cost no layout (`content-visibility` in the style), and nobody follows their jobs.
 *
 * @typedef {import("./api.js").Track} Track
 * @typedef {import("./row.js").RowState} RowState
 */

import { TrackRow } from "./row.js";

const FIRST_PORTION = 40;
const PORTION = 100;
/** How far beyond the window a row counts as seen. */
const MARGIN = "300px";

export class TrackList {
  #element;
  #stateOf;
  #onSeen;
  /** @type {TrackRow[]} */
  #rows = [];
  /** @type {Map<string, TrackRow[]>} a playlist may name a track twice */
  #byTrack = new Map();
  /** @type {Map<string, number>} track → how many of its rows are in sight */
  #seen = new Map();
  /** @type {IntersectionObserver} */
  #observer;
  #generation = 0;

  /**
   * @param {{element: HTMLElement, stateOf: (track: Track) => RowState,
   *   onAction: (action: "play" | "download" | "cancel" | "save", track: Track) => void,
   *   onSeen: (trackId: string, seen: boolean) => void}} parts
   */
  constructor({ element, stateOf, onAction, onSeen }) {
    this.#element = element;
    this.#stateOf = stateOf;
    this.#onSeen = onSeen;
    this.#observer = new IntersectionObserver((entries) => this.#look(entries), { rootMargin: MARGIN });
    element.addEventListener("click", (event) => {
      const [row, button] = this.#rowAndButton(event.target);
      if (row && button) onAction(button.dataset.action === "play" ? "play" : row.action, row.track);
    });
    element.addEventListener("keydown", (event) => this.#move(event));
  }

  /** The tracks that are in sight, or nearly. */
  get seen() {
    return this.#seen.keys();
  }

  /**
   * Shows these tracks in place of the former ones.
   * @param {Track[]} tracks
   */
  async show(tracks) {
    this.#generation += 1;
    const generation = this.#generation;
    for (const trackId of this.#seen.keys()) this.#onSeen(trackId, false);
    this.#observer.disconnect();
    this.#observer.takeRecords();
    this.#seen.clear();
    this.#byTrack.clear();
    this.#rows = [];
    this.#element.replaceChildren();
    this.#add(tracks.slice(0, FIRST_PORTION));
    for (let next = FIRST_PORTION; next < tracks.length; next += PORTION) {
      await nextTurn();
      if (generation !== this.#generation) return;
      this.#add(tracks.slice(next, next + PORTION));
    }
  }

  /**
   * Shows what has changed about a track.
   * @param {string} trackId
   */
  update(trackId) {
    for (const row of this.#byTrack.get(trackId) ?? []) row.show(this.#stateOf(row.track));
  }

  /** Shows all anew. */
  updateAll() {
    for (const row of this.#rows) row.show(this.#stateOf(row.track));
  }

  /** @param {Track[]} tracks */
  #add(tracks) {
    const portion = document.createDocumentFragment();
    for (const track of tracks) {
      const row = new TrackRow(track, this.#rows.length);
      row.show(this.#stateOf(track));
      this.#rows.push(row);
      this.#byTrack.set(track.id, [...(this.#byTrack.get(track.id) ?? []), row]);
      portion.append(row.element);
      this.#observer.observe(row.element);
    }
    this.#element.append(portion);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #look(entries) {
    for (const entry of entries) {
      const row = this.#rowOf(entry.target);
      if (row === undefined || (row.element.dataset.seen === "yes") === entry.isIntersecting) continue;
      row.element.dataset.seen = entry.isIntersecting ? "yes" : "no";
      const before = this.#seen.get(row.track.id) ?? 0;
      const now = before + (entry.isIntersecting ? 1 : -1);
      if (now > 0) this.#seen.set(row.track.id, now);
      else this.#seen.delete(row.track.id);
      if ((before === 0) !== (now === 0)) this.#onSeen(row.track.id, now > 0);
    }
  }

  /**
   * With the arrow keys from row to row, staying on the same button: Tab alone would be long on the way.
   * @param {KeyboardEvent} event
   */
  #move(event) {
    const [row, button] = this.#rowAndButton(event.target);
    if (!row || !button || event.altKey || event.ctrlKey || event.metaKey) return;
    const from = Number(row.element.dataset.index);
    const last = this.#rows.length - 1;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: last }[event.key];
    if (to === undefined || to < 0 || to > last) return;
    event.preventDefault();
    const there = this.#rows[to].element.querySelector(`[data-action=${button.dataset.action}]`);
    if (there instanceof HTMLElement) there.focus();
  }

  /**
   * @param {EventTarget | null} target
   * @returns {[TrackRow | undefined, HTMLButtonElement | null]}
   */
  #rowAndButton(target) {
    const button = target instanceof Element ? target.closest("button") : null;
    return [button ? this.#rowOf(button.closest(".row")) : undefined, button];
  }

  /** @param {Element | null} element */
  #rowOf(element) {
    return element instanceof HTMLElement ? this.#rows[Number(element.dataset.index)] : undefined;
  }
}

/** Lets the page draw and answer before more work. */
function nextTurn() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
