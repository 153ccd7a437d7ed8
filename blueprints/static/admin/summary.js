/** The numbers one looks at first, and what needs somebody. */

import { count, size, span, whole } from "../js/format.js";
import { duration, inUtc, percent } from "./cells.js";
import { cacheTotals, otherSections, pausesAhead } from "./stats.js";
import { said } from "./work.js";

/**
 * @typedef {import("./stats.js").Stats} Stats
 * @typedef {{id: string, name: string, text: string, note: string, value: number | null, bad?: boolean}} Tile
 * @typedef {{text: string, title?: string}} Concern
 */

const SMALL_DISK_BYTES = 2e9;
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", day: "numeric", month: "short" });

/**
 * @param {Stats} stats
 * @returns {Tile[]}
 */
export function tilesOf(stats) {
  const { traffic, jobs, library } = stats;
  /** @type {Tile[]} */
  const tiles = [];
  if (traffic) {
    const errors = traffic.hours.reduce((sum, row) => sum + row.errors, 0);
    const { held, all } = cacheTotals(traffic.cache);
    tiles.push(
      tile("requests", "Requests", traffic.requests, whole, `${size(traffic.bytes)} sent`),
      tile("unique-ips", "Addresses", traffic.unique_ips, whole, "unique"),
      tile("error-rate", "Errors", rate(errors, traffic.requests), asPercent, `${whole(errors)} answers with 5xx`),
      tile("cache-hit-rate", "From the cache", rate(held, all), asPercent, `${whole(held)} of ${whole(all)} metadata answers`),
    );
    if (traffic.latency) {
      const p95 = traffic.requests === 0 ? null : traffic.latency.p95_ms;
      tiles.push(tile("p95", "Latency p95", p95, duration, `p50 ${duration(traffic.latency.p50_ms)}`));
    }
  }
  if (jobs) {
    tiles.push(
      tile("jobs-running", "Jobs running", jobs.by_state.running ?? null, whole, `${whole(jobs.by_state.queued ?? 0)} queued`),
      tile("queue-age", "Queue age", jobs.oldest_queued_s ?? 0, waited, `${known(jobs.queue_depth)} in the queue`),
      { ...tile("dead-letters", "Dead letters", jobs.dead_letters, whole, "given up"), bad: (jobs.dead_letters ?? 0) > 0 },
    );
  }
  if (stats.upstream) {
    const calls = total(stats.upstream, "calls");
    tiles.push(tile("upstream-errors", "Upstream errors", total(stats.upstream, "errors"), whole, `of ${count(calls, "call")}`));
  }
  if (library) tiles.push(tile("storage", "Storage", library.bytes, size, count(library.files, "file")));
  return tiles;
}

/**
 * @param {Stats} stats
 * @param {number} now milliseconds since 1970
 * @returns {Concern[]}
 */
export function concernsOf(stats, now) {
  /** @type {Concern[]} */
  const found = [];
  const { jobs, library, access_log: log } = stats;
  if (jobs?.queue_depth === null) found.push({ text: "The queue cannot be asked." });
  if (jobs?.dead_letters) {
    found.push({ text: `${count(jobs.dead_letters, "dead letter")}: downloads that were given up after many attempts.` });
  }
  for (const [name, facts] of [...Object.entries(stats.upstream ?? {}), ...otherSections(stats)]) {
    for (const [path, until] of pausesAhead(facts, now)) {
      found.push({ text: `${said(name)}: ${said(path)} ${TIME.format(until)}.`, title: inUtc(until) });
    }
  }
  if (log) {
    if (log.running === false) found.push({ text: "Requests are not recorded (IP_TRACKING_RUNNING_STATUS)." });
    if (Number(log.dropped) > 0) found.push({ text: `${count(Number(log.dropped), "access record")} dropped.` });
    if (Number(log.dead_letters) > 0) {
      found.push({ text: `${count(Number(log.dead_letters), "batch")} of access records could not be read.` });
    }
  }
  if (library && library.disk_free_bytes < SMALL_DISK_BYTES) {
    found.push({ text: `Only ${size(library.disk_free_bytes)} are free on the disk.` });
  }
  return found;
}

/**
 * @param {string} id
 * @param {string} name
 * @param {number | null} value
 * @param {(value: number) => string} text
 * @param {string} note
 * @returns {Tile}
 */
function tile(id, name, value, text, note) {
  return { id, name, value, text: value === null ? "–" : text(value), note };
}

/**
 * @param {number} part
 * @param {number} all
 */
function rate(part, all) {
  return all === 0 ? null : part / all;
}

/**
 * @param {Record<string, import("./stats.js").Facts>} upstream
 * @param {string} what
 */
function total(upstream, what) {
  return Object.values(upstream).reduce((sum, facts) => sum + (Number(facts[what]) || 0), 0);
}

/** @param {number} share */
function asPercent(share) {
  return percent(share, 1);
}

/** @param {number} seconds */
function waited(seconds) {
  return seconds === 0 ? "0 s" : span(seconds);
}

/** @param {number | null} number */
function known(number) {
  return number === null ? "?" : whole(number);
}
