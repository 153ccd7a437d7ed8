/**
 * The body of `GET /api/admin/stats`, as far as the page has panels of its own for it. A section that is missing is not
 * shown; one that is not named here is shown as it comes.
 *
 * @typedef {{mean_ms: number, p50_ms: number, p95_ms: number, p99_ms: number}} Latency
 * @typedef {Latency & {hour: string, requests: number, bytes: number, errors: number, unique_ips: number | null}} HourRow
 * @typedef {Latency & {method: string, route: string, requests: number, bytes: number, errors: number}} RouteRow
 * @typedef {{country_code: string | null, country: string | null, requests: number}} CountryRow
 * @typedef {{track_id: string, name: string | null, artists: string[], requests: number, metadata: number,
 *   downloads: number, plays: number}} TrackRow
 * @typedef {{key_name: string, requests: number, bytes: number, errors: number, limited: number}} KeyRow
 * @typedef {{requests: number, bytes: number, unique_ips: number, latency: Latency, hours: HourRow[],
 *   routes: RouteRow[], statuses: Record<string, number>, cache: Record<string, Record<string, number>>,
 *   countries: CountryRow[], tracks: TrackRow[], keys?: KeyRow[]}} Traffic
 * @typedef {{by_state: Record<string, number>, queue_depth: number | null, oldest_queued_s: number | null,
 *   dead_letters: number | null}} Jobs
 * @typedef {{files: number, bytes: number, by_format: Record<string, {files: number, bytes: number}>,
 *   by_confidence: Record<string, number>, disk_free_bytes: number}} Library
 * @typedef {Record<string, unknown>} Facts
 * @typedef {{since: string, until: string, span_hours: number, kept_hours: number, traffic: Traffic, jobs: Jobs,
 *   library: Library, upstream: Record<string, Facts>, access_log: Facts}} Stats
 */

/** What has a panel, a tile or a line of its own. */
export const KNOWN = new Set([
  "since",
  "until",
  "span_hours",
  "kept_hours",
  "traffic",
  "jobs",
  "library",
  "upstream",
  "access_log",
]);

/**
 * Sections that the page knows nothing of beforehand.
 * @param {Stats} stats
 * @returns {[string, unknown][]}
 */
export function otherSections(stats) {
  return Object.entries(stats).filter(([name]) => !KNOWN.has(name));
}

/**
 * The facts of a nested section, each under its path: `music.tokens`.
 * @param {unknown} value
 * @param {string} [path]
 * @returns {[string, unknown][]}
 */
export function flattened(value, path = "") {
  if (value === null || typeof value !== "object") return path ? [[path, value]] : [];
  return Object.entries(value).flatMap(([name, each]) => flattened(each, path ? `${path}.${name}` : name));
}

/**
 * Pauses that lie ahead, wherever in these facts: `…until` with a moment that is still to come.
 * @param {unknown} facts
 * @param {number} now milliseconds since 1970
 * @returns {[string, Date][]}
 */
export function pausesAhead(facts, now) {
  /** @type {[string, Date][]} */
  const found = [];
  for (const [path, value] of flattened(facts)) {
    if (typeof value !== "string" || !/(^|[._])until$/.test(path)) continue;
    const moment = new Date(value);
    if (moment.getTime() > now) found.push([path, moment]);
  }
  return found;
}

/**
 * Metadata answers by where they came from; a stale one came from the cache, too.
 * @param {Record<string, Record<string, number>>} cache
 */
export function cacheTotals(cache) {
  const all = Object.values(cache);
  /** @param {string} state */
  const sum = (state) => all.reduce((total, each) => total + (each[state] ?? 0), 0);
  const held = sum("hit") + sum("stale");
  return { held, all: held + sum("miss") };
}
