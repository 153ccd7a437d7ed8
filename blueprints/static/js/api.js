/**
 * The server's HTTP answers, and its errors as sentences.
 *
 * @typedef {{url: string, width: number | null, height: number | null}} Picture
 * @typedef {{id: string | null, name: string}} Artist
 * @typedef {{id: string, name: string, duration_ms: number, explicit: boolean, artists: Artist[], images?: Picture[],
 *   album?: {name: string} | null, music_dl_downloaded: boolean, music_dl_cdn: string | null}} Track
 * @typedef {{id: string, name: string, release_date: string | null, total_tracks: number | null, images: Picture[],
 *   spotify_url: string}} AlbumRow
 * @typedef {{type: "track" | "album" | "playlist" | "artist", id: string, name: string, images: Picture[],
 *   artists?: Artist[], owner?: string | null, release_date?: string | null, complete?: boolean, returned?: number,
 *   total?: number | null, total_tracks?: number | null, total_albums?: number | null, source?: string,
 *   tracks?: Track[], albums?: AlbumRow[], spotify_url: string,
 *   unavailable?: {position: number, reason: string, name?: string | null}[]}} Collection
 * @typedef {{code: string, message: string, retryable: boolean, retry_after: number | null}} Fault
 * @typedef {{total: number, done: number, failed: number, cancelled: number, running: number, queued: number}} Counts
 * @typedef {{type: string, job_id: string, track_id: string | null, seq: number,
 *   state: "queued" | "running" | "done" | "failed" | "cancelled", stage: string | null, percent: number,
 *   bytes_done: number, bytes_total: number | null, speed_bps: number | null, eta_s: number | null,
 *   message: string | null, error: Fault | null, download_cdn: string | null, stream_url?: string, tracks?: Counts}} Job
 */

/** An answer that is no success; the message is a sentence for people. */
export class Problem extends Error {
  /** @param {{code: string, message: string, retryable: boolean, retry_after?: number | null}} fault */
  constructor(fault) {
    super(fault.message);
    this.code = fault.code;
    this.retryable = fault.retryable;
    this.retryAfterS = fault.retry_after ?? null;
  }
}

/**
 * @param {string} link
 * @param {AbortSignal} signal
 * @returns {Promise<Collection>}
 */
export function metadata(link, signal) {
  return call(`api/spotify/metadata?${new URLSearchParams({ link })}`, { signal });
}

/**
 * Wishes for a track's audio, and tells how far it is; safe to repeat.
 * @param {string} trackId
 * @param {string} format
 * @returns {Promise<Job>}
 */
export function askTrack(trackId, format) {
  const query = new URLSearchParams({ wait: "0", format });
  return call(`api/spotify/download/track/${encodeURIComponent(trackId)}?${query}`);
}

/**
 * Wishes for all tracks behind a link; safe to repeat.
 * @param {string} link
 * @param {string} format
 * @returns {Promise<Job>}
 */
export function askAll(link, format) {
  const headers = { "Content-Type": "application/json" };
  return call("api/spotify/download", { method: "POST", headers, body: JSON.stringify({ link, format }) });
}

/**
 * @param {string} jobId
 * @returns {Promise<Job>}
 */
export function job(jobId) {
  return call(`api/downloads/${encodeURIComponent(jobId)}`);
}

/**
 * @param {string} jobId
 * @returns {Promise<Job>}
 */
export function cancel(jobId) {
  return call(`api/downloads/${encodeURIComponent(jobId)}`, { method: "DELETE" });
}

/**
 * Where a finished batch is to be had as one file.
 * @param {string} jobId
 */
export function archive(jobId) {
  return address(`api/downloads/${encodeURIComponent(jobId)}/archive.zip`).href;
}

/**
 * What goes on, for an operator.
 * @param {string} key
 * @param {number} hours
 * @param {AbortSignal} signal
 * @returns {Promise<import("../admin/stats.js").Stats>}
 */
export function adminStats(key, hours, signal) {
  return call(`api/admin/stats?${new URLSearchParams({ hours: String(hours) })}`, { headers: bearer(key), signal });
}

/** @type {(() => Promise<void>) | null} */
let unlock = null;

/**
 * Has `open` called when the server wants a key; what was asked for is asked for again once it returns.
 * @param {() => Promise<void>} open
 */
export function onLocked(open) {
  unlock = open;
}

/** @returns {Promise<{key_needed: boolean, key_name: string | null}>} */
export function session() {
  return call("api/session");
}

/**
 * Trades a key for a cookie.
 * @param {string} key
 */
export async function signIn(key) {
  await call("api/session", { method: "POST", headers: bearer(key) });
}

/** Forgets the cookie. */
export async function signOut() {
  await call("api/session", { method: "DELETE" });
}

/** Where progress is told. */
export function socketAddress() {
  const url = address("ws/progress");
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** @param {string} key */
function bearer(key) {
  // A header takes bytes alone: those of the key in UTF-8, as the server reads it.
  return { Authorization: `Bearer ${String.fromCharCode(...new TextEncoder().encode(key))}` };
}

/**
 * Relative to the page: it may lie under a path of its own behind a proxy.
 * @param {string} path
 */
function address(path) {
  return new URL(path, document.baseURI);
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(address(path), { cache: "no-cache", ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem({ code: "unreachable", message: "The server cannot be reached.", retryable: true });
  }
  if (response.status === 204) return null;
  const signsIn = new Headers(options.headers).has("Authorization");
  if (response.status === 401 && unlock !== null && !signsIn) {
    await unlock();
    if (options.signal?.aborted) throw new DOMException("Nobody waits for it any more.", "AbortError");
    return await call(path, options);
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw new Problem({
    code: body?.code ?? `http_${response.status}`,
    message: body?.detail ?? "The server gave an answer that this page does not understand.",
    retryable: body?.retryable ?? response.status >= 500,
    retry_after: body?.retry_after,
  });
}
