/** What the access records say. */

import { count, line, whole } from "../js/format.js";
import { duration, inUtc, lasted, moment, number, percent, share, volume, words } from "./cells.js";
import { cacheTotals } from "./stats.js";

/**
 * @typedef {import("./panel.js").Subject} Subject
 * @typedef {import("./stats.js").Stats} Stats
 * @typedef {import("./stats.js").HourRow} HourRow
 */

const HOUR_MS = 3_600_000;
/** Longer spans are drawn by days: an hour would be thinner than a pixel. */
const MOST_HOURS_DRAWN = 240;
const ROUTES_DRAWN = 8;
const ROWS_DRAWN = 10;
const NO_REQUESTS = "No requests in this span.";

const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const HOUR_OF_DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** @type {Subject} */
const requests = {
  id: "hours",
  name: "Requests over time",
  columns: ["Hour", "Requests", "Errors", "Bytes", "Addresses", "p50", "p95", "p99"],
  empty: NO_REQUESTS,
  wide: true,
  read(stats) {
    const hours = stats.traffic?.hours;
    if (!hours) return null;
    const slots = slotsOf(stats, hours);
    const busiest = slots.reduce((most, each) => (each.requests > most.requests ? each : most));
    return {
      rows: [...hours].reverse().map((row) => [
        moment(row.hour),
        number(row.requests),
        number(row.errors),
        volume(row.bytes),
        number(row.unique_ips),
        lasted(row.p50_ms),
        lasted(row.p95_ms),
        lasted(row.p99_ms),
      ]),
      drawing: {
        kind: "bar",
        stacked: true,
        labels: slots.map((each) => each.label),
        series: [
          { name: "answered", values: slots.map((each) => each.requests - each.errors), colour: "plain" },
          { name: "errors (5xx)", values: slots.map((each) => each.errors), colour: "bad" },
        ],
        unit: whole,
        said: `${count(stats.traffic.requests, "request")}, most of them, ${whole(busiest.requests)}, at ${busiest.label}`,
      },
      note: line(count(stats.traffic.requests, "request"), `${volume(stats.traffic.bytes).text} sent`, "local time"),
    };
  },
};

/** @type {Subject} */
const latency = {
  id: "latency",
  name: "Latency over time",
  columns: ["Of all requests", "Milliseconds"],
  empty: NO_REQUESTS,
  read(stats) {
    const all = stats.traffic?.latency;
    if (!all) return null;
    if (stats.traffic.requests === 0) return { rows: [], drawing: null };
    const hours = everyHour(stats, stats.traffic.hours);
    return {
      rows: [
        [words("Half of them within (p50)"), lasted(all.p50_ms)],
        [words("19 of 20 within (p95)"), lasted(all.p95_ms)],
        [words("99 of 100 within (p99)"), lasted(all.p99_ms)],
        [words("Mean"), lasted(all.mean_ms)],
      ],
      drawing: {
        kind: "line",
        log: true,
        labels: hours.map((each) => label(each.start, stats.span_hours)),
        series: [
          { name: "p50", values: hours.map((each) => each.row?.p50_ms ?? null), colour: "good" },
          { name: "p95", values: hours.map((each) => each.row?.p95_ms ?? null), colour: "warn" },
          { name: "p99", values: hours.map((each) => each.row?.p99_ms ?? null), colour: "bad" },
        ],
        unit: duration,
        said: `p50 ${duration(all.p50_ms)}, p95 ${duration(all.p95_ms)}, p99 ${duration(all.p99_ms)}`,
      },
      note: "Waiting for a download counts, too. Hour by hour in the table of requests.",
    };
  },
};

/** @type {Subject} */
const routes = {
  id: "routes",
  name: "Routes",
  columns: ["Route", "Requests", "Errors", "Bytes", "Mean", "p50", "p95", "p99"],
  empty: NO_REQUESTS,
  wide: true,
  read(stats) {
    const rows = stats.traffic?.routes;
    if (!rows) return null;
    const drawn = rows.slice(0, ROUTES_DRAWN);
    return {
      rows: rows.map((row) => [
        words(routeName(row)),
        number(row.requests),
        number(row.errors),
        volume(row.bytes),
        lasted(row.mean_ms),
        lasted(row.p50_ms),
        lasted(row.p95_ms),
        lasted(row.p99_ms),
      ]),
      drawing: {
        kind: "bar",
        across: true,
        log: true,
        labels: drawn.map(routeName),
        series: [
          { name: "p50", values: drawn.map((row) => row.p50_ms), colour: "good" },
          { name: "p95", values: drawn.map((row) => row.p95_ms), colour: "warn" },
          { name: "p99", values: drawn.map((row) => row.p99_ms), colour: "bad" },
        ],
        unit: duration,
        said: `Latency of the ${count(drawn.length, "busiest route")}`,
      },
      note: "Latency of the busiest routes; this page asks /api/admin/stats itself.",
    };
  },
};

/** @type {Subject} */
const statuses = {
  id: "statuses",
  name: "Status codes",
  columns: ["Status", "Requests", "Share"],
  empty: NO_REQUESTS,
  open: true,
  read(stats) {
    if (!stats.traffic?.statuses) return null;
    const rows = Object.entries(stats.traffic.statuses);
    return {
      rows: rows.map(([status, requests]) => [words(status), number(requests), share(requests, stats.traffic.requests)]),
      drawing: {
        kind: "bar",
        across: true,
        labels: rows.map(([status]) => status),
        series: [
          { name: "requests", values: rows.map(([, requests]) => requests), colour: rows.map(([status]) => judged(status)) },
        ],
        unit: whole,
        said: rows.map(([status, requests]) => `${status}: ${whole(requests)}`).join(", "),
      },
    };
  },
};

/** @type {Subject} */
const tracks = {
  id: "tracks",
  name: "Top tracks",
  columns: ["Track", "Requests", "Metadata", "Downloads", "Plays"],
  empty: "No track was asked for in this span.",
  open: true,
  wide: true,
  read(stats) {
    const rows = stats.traffic?.tracks;
    if (!rows) return null;
    const drawn = rows.slice(0, ROWS_DRAWN);
    return {
      rows: rows.map((row) => [
        {
          text: row.name === null ? row.track_id : line(row.name, row.artists.join(", ")),
          href: `https://open.spotify.com/track/${encodeURIComponent(row.track_id)}`,
          title: row.track_id,
        },
        number(row.requests),
        number(row.metadata),
        number(row.downloads),
        number(row.plays),
      ]),
      drawing: {
        kind: "bar",
        across: true,
        labels: drawn.map((row) => row.name ?? row.track_id),
        series: [{ name: "requests", values: drawn.map((row) => row.requests), colour: "plain" }],
        unit: whole,
        said: drawn.map((row) => `${row.name ?? row.track_id}: ${whole(row.requests)}`).join(", "),
      },
    };
  },
};

/** @type {Subject} */
const countries = {
  id: "countries",
  name: "Countries",
  columns: ["Country", "Requests", "Share"],
  empty: NO_REQUESTS,
  open: true,
  read(stats) {
    const rows = stats.traffic?.countries;
    if (!rows) return null;
    const drawn = rows.slice(0, ROWS_DRAWN);
    return {
      rows: rows.map((row) => [
        { text: countryName(row), title: row.country_code ?? "" },
        number(row.requests),
        share(row.requests, stats.traffic.requests),
      ]),
      drawing: {
        kind: "bar",
        across: true,
        labels: drawn.map(countryName),
        series: [{ name: "requests", values: drawn.map((row) => row.requests), colour: "plain" }],
        unit: whole,
        said: drawn.map((row) => `${countryName(row)}: ${whole(row.requests)}`).join(", "),
      },
    };
  },
};

/** @type {Subject} */
const cache = {
  id: "cache",
  name: "Metadata from the cache",
  columns: ["Kind", "Hit", "Stale", "Miss"],
  empty: "No metadata was asked for in this span.",
  open: true,
  read(stats) {
    if (!stats.traffic?.cache) return null;
    const kinds = Object.entries(stats.traffic.cache).filter(([, each]) => cacheTotals({ kind: each }).all > 0);
    const { held, all } = cacheTotals(stats.traffic.cache);
    /** @param {string} state */
    const values = (state) => kinds.map(([, each]) => each[state] ?? 0);
    return {
      rows: kinds.map(([kind, each]) => [words(kind), number(each.hit), number(each.stale), number(each.miss)]),
      drawing: {
        kind: "bar",
        across: true,
        stacked: true,
        labels: kinds.map(([kind]) => kind),
        series: [
          { name: "hit", values: values("hit"), colour: "good" },
          { name: "stale", values: values("stale"), colour: "warn" },
          { name: "miss", values: values("miss"), colour: "soft" },
        ],
        unit: whole,
        said: `${percent(held, all)} of ${count(all, "metadata answer")} came from the cache`,
      },
    };
  },
};

/** @type {Subject} */
const keys = {
  id: "keys",
  name: "Keys",
  note: "Whose requests they were; limited ones were refused because there were too many.",
  columns: ["Key", "Requests", "Errors", "Limited"],
  empty: "Nobody showed a key in this span.",
  open: true,
  read(stats) {
    const rows = stats.traffic?.keys;
    if (!rows) return null;
    return {
      rows: rows.map((row) => [words(row.key_name), number(row.requests), number(row.errors), number(row.limited)]),
      drawing: {
        kind: "bar",
        across: true,
        labels: rows.map((row) => row.key_name),
        series: [{ name: "requests", values: rows.map((row) => row.requests), colour: "plain" }],
        unit: whole,
        said: rows.map((row) => `${row.key_name}: ${whole(row.requests)}`).join(", "),
      },
    };
  },
};

export const TRAFFIC = [requests, latency, statuses, routes, tracks, countries, cache, keys];

/** @param {{method: string, route: string}} row */
function routeName(row) {
  return `${row.method} ${row.route || "(no such address)"}`;
}

/** @param {{country: string | null, country_code: string | null}} row */
function countryName(row) {
  return row.country ?? row.country_code ?? "Private or not yet known";
}

/**
 * @param {string} status
 * @returns {import("./plot.js").Colour}
 */
function judged(status) {
  if (status >= "500") return "bad";
  if (status >= "400") return "warn";
  return status >= "300" ? "soft" : "good";
}

/**
 * Every hour of the span, those without requests included.
 * @param {Stats} stats
 * @param {HourRow[]} hours
 */
function everyHour(stats, hours) {
  const known = new Map(hours.map((row) => [new Date(row.hour).getTime(), row]));
  const found = [];
  for (let start = new Date(stats.since).getTime(); start <= new Date(stats.until).getTime(); start += HOUR_MS) {
    found.push({ start, row: known.get(start) ?? null });
  }
  return found;
}

/**
 * What one bar stands for: an hour, or a day of the viewer's in a long span.
 * @param {Stats} stats
 * @param {HourRow[]} hours
 */
function slotsOf(stats, hours) {
  /** @type {Map<string, {label: string, requests: number, errors: number}>} */
  const slots = new Map();
  for (const { start, row } of everyHour(stats, hours)) {
    const name = label(start, stats.span_hours);
    const key = stats.span_hours > MOST_HOURS_DRAWN ? name : inUtc(new Date(start));
    const slot = slots.get(key) ?? { label: name, requests: 0, errors: 0 };
    slots.set(key, { ...slot, requests: slot.requests + (row?.requests ?? 0), errors: slot.errors + (row?.errors ?? 0) });
  }
  return [...slots.values()];
}

/**
 * @param {number} start
 * @param {number} spanHours
 */
function label(start, spanHours) {
  if (spanHours > MOST_HOURS_DRAWN) return DAY.format(start);
  return (spanHours > 24 ? HOUR_OF_DAY : HOUR).format(start);
}
