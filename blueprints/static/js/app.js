/** The page: what is pasted is shown, what is asked for is followed, what is there is played. */

import * as api from "./api.js";
import { BatchPanel } from "./batch.js";
import { CollectionView } from "./collection.js";
import { byId, setText } from "./dom.js";
import { Downloads } from "./downloads.js";
import { span } from "./format.js";
import { faultOf } from "./jobs.js";
import { TrackList } from "./list.js";
import { Listening } from "./listening.js";
import { Memory, browserStorage } from "./memory.js";
import { Shown } from "./shown.js";
import { SignIn } from "./sign_in.js";

/**
 * @typedef {import("./api.js").Job} Job
 * @typedef {import("./api.js").Track} Track
 */

/** @type {Record<import("./feed.js").LinkState, string>} */
const LINK_STATES = { idle: "", connecting: "Connecting…", live: "Live", polling: "Connection lost; asking every 2 s" };

class Page {
  #signIn = new SignIn();
  #memory = new Memory(browserStorage());
  #form = byId("ask", HTMLFormElement);
  #input = byId("link", HTMLInputElement);
  #format = byId("format", HTMLSelectElement);
  #notice = byId("notice", HTMLElement);
  #noticeText = byId("notice-text", HTMLElement);
  #noticeRetry = byId("notice-retry", HTMLButtonElement);
  #linkState = byId("link-state", HTMLElement);
  #aloud = byId("aloud", HTMLElement);
  #view = new CollectionView();
  #loading = new AbortController();
  /** @type {Shown | null} */
  #shown = null;

  #batch = new BatchPanel({
    onAsk: () => this.#attempt(() => this.#downloads.askAll()),
    onCancel: () => this.#attempt(() => this.#downloads.cancelAll()),
  });
  /** @type {Downloads} */
  #downloads = new Downloads({
    memory: this.#memory,
    onTrack: (trackId) => this.#list.update(trackId),
    onBatch: (batch) => this.#onBatch(batch),
    onEnd: (job) => this.#onEnd(job),
    onState: (state) => setText(this.#linkState, LINK_STATES[state]),
    isHeld: (jobId) => this.#listening.holds(jobId),
  });
  /** @type {Listening} */
  #listening = new Listening({
    downloads: this.#downloads,
    shown: () => this.#shown,
    onTrack: (trackId) => this.#list.update(trackId),
  });
  #list = new TrackList({
    element: byId("tracks", HTMLElement),
    stateOf: (track) => ({
      job: this.#downloads.jobOf(track),
      ready: this.#downloads.fileOf(track) !== null,
      waiting: this.#downloads.isBatchOpen,
      playing: this.#listening.isPlaying(track.id),
    }),
    onAction: (action, track) => this.#attempt(() => this.#act(action, track)),
    onSeen: (trackId, seen) => this.#downloads.look(trackId, seen),
  });

  async start() {
    this.#format.value = this.#memory.format;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(this.#input.value);
    });
    // After the browser has put the text in.
    this.#input.addEventListener("paste", () => setTimeout(() => this.#form.requestSubmit()));
    this.#noticeRetry.addEventListener("click", () => this.#load(this.#input.value));
    this.#format.addEventListener("change", () => {
      this.#memory.format = this.#format.value;
      if (this.#shown !== null) this.#show(new Shown(this.#shown.found, this.#format.value));
    });
    globalThis.addEventListener("popstate", () => this.#load(linkOfAddress()));
    await this.#signIn.start();
    const link = linkOfAddress() || this.#memory.link;
    if (link) this.#load(link);
    else this.#input.focus();
  }

  /** @param {string} text */
  #go(text) {
    const link = text.trim();
    const address = new URL(location.href);
    address.search = String(new URLSearchParams({ link }));
    if (address.href !== location.href) history.pushState(null, "", address);
    this.#load(link, { focus: true });
  }

  /**
   * @param {string} link
   * @param {{focus?: boolean}} [options]
   */
  async #load(link, { focus = false } = {}) {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    this.#input.value = link;
    this.#notice.hidden = true;
    this.#setBusy(true);
    try {
      if (link) {
        const found = await api.metadata(link, signal);
        this.#memory.link = link;
        document.title = `${found.name} · music-dl`;
        this.#show(new Shown(found, this.#format.value));
        if (focus) this.#view.focus();
      } else {
        this.#view.hide();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#view.hide();
      this.#tell(error, true);
    }
    if (!signal.aborted) this.#setBusy(false);
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#form.classList.toggle("busy", busy);
    this.#view.setBusy(busy);
  }

  /** @param {Shown} shown */
  #show(shown) {
    this.#shown = shown;
    this.#view.show(shown, (album) => this.#go(album));
    this.#batch.offer(shown.tracks.length, shown.found.type !== "track");
    this.#downloads.show(shown);
    this.#list.show(shown.tracks);
  }

  /**
   * @param {"play" | "download" | "cancel" | "save"} action
   * @param {Track} track
   */
  async #act(action, track) {
    if (action === "play") await this.#listening.press(track);
    else if (action === "download") await this.#downloads.ask(track);
    else if (action === "cancel") await this.#downloads.cancel(track);
    else save(this.#downloads.fileOf(track));
  }

  /** @param {() => Promise<unknown>} action */
  async #attempt(action) {
    this.#notice.hidden = true;
    try {
      await action();
    } catch (error) {
      this.#tell(error, false);
    }
  }

  /**
   * @param {unknown} error
   * @param {boolean} again whether loading the list again may help
   */
  #tell(error, again) {
    const { message, retryable, retry_after } = faultOf(error);
    setText(this.#noticeText, retry_after ? `${message} Try again in ${span(retry_after)}.` : message);
    this.#noticeRetry.hidden = !(again && retryable);
    this.#notice.hidden = false;
  }

  /** @param {Job | undefined} batch */
  #onBatch(batch) {
    const wasOpen = this.#batch.isOpen;
    this.#batch.show(batch);
    if (wasOpen !== this.#batch.isOpen) this.#list.updateAll();
  }

  /** @param {Job} job */
  #onEnd(job) {
    this.#listening.ended(job);
    const name = job.track_id === null ? "The list" : this.#shown?.trackOf(job.job_id)?.name;
    // Of a batch, the end of the whole is news enough.
    if (name === undefined || (job.track_id !== null && this.#downloads.isBatchOpen)) return;
    setText(this.#aloud, job.state === "done" ? `${name} is ready.` : `${name}: ${job.error?.message ?? job.state}`);
  }
}

/**
 * Hands a file to the browser for saving.
 * @param {string | null} file
 */
function save(file) {
  if (file === null) return;
  const address = new URL(file);
  const link = document.createElement("a");
  if (address.origin === location.origin) {
    address.searchParams.set("download", "1");
    link.download = "";
  } else {
    // A bucket decides for itself whether its file is shown or saved: not in this page's place.
    link.target = "_blank";
    link.rel = "noopener";
  }
  link.href = address.href;
  link.click();
}

/** The link in the page's own address: pasted before, or shared from another app. */
function linkOfAddress() {
  const query = new URLSearchParams(location.search);
  return (query.get("link") || query.get("text") || "").trim();
}

new Page().start();
