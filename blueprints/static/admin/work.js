/** Jobs, the library, and what the server depends on, as they are now. */

import { count, line, size, span, whole } from "../js/format.js";
import { anything, number, percent, share, volume, words } from "./cells.js";
import { flattened } from "./stats.js";

/**
 * @typedef {import("./panel.js").Subject} Subject
 * @typedef {import("./plot.js").Colour} Colour
 */

/** @type {Record<string, Colour>} */
const STATES = { queued: "soft", running: "plain", done: "good", failed: "bad", cancelled: "warn" };

/** @type {Subject} */
const jobs = {
  id: "jobs",
  name: "Downloads by state",
  columns: ["State", "Jobs"],
  empty: "Nothing was ever asked for.",
  open: true,
  read(stats) {
    if (!stats.jobs?.by_state) return null;
    const { by_state: byState, queue_depth: depth, oldest_queued_s: oldest, dead_letters: dead } = stats.jobs;
    const states = Object.entries(byState);
    return {
      rows: [
        ...states.map(([state, jobs]) => [words(state), number(jobs)]),
        [words("messages in the queue"), number(depth)],
        [words("dead letters"), number(dead)],
      ],
      drawing: {
        kind: "bar",
        across: true,
        labels: states.map(([state]) => state),
        series: [
          { name: "jobs", values: states.map(([, jobs]) => jobs), colour: states.map(([state]) => STATES[state] ?? "plain") },
        ],
        unit: whole,
        said: states.map(([state, jobs]) => `${state}: ${whole(jobs)}`).join(", "),
      },
      note: oldest === null ? "None waits." : `The one that has waited longest: ${span(oldest)}.`,
    };
  },
};

/** @type {Subject} */
const confidence = {
  id: "confidence",
  name: "Matches by confidence",
  note: "How sure the server is that a file is the recording that was asked for.",
  columns: ["Confidence", "Files", "Share"],
  empty: "No file is kept yet.",
  open: true,
  read(stats) {
    if (!stats.library?.by_confidence) return null;
    const classes = Object.entries(stats.library.by_confidence);
    const files = classes.reduce((sum, [, each]) => sum + each, 0);
    /** @type {Colour[]} */
    const colours = classes.map(([name]) => (name >= "0.8" ? "good" : name >= "0.6" ? "warn" : "bad"));
    return {
      rows: files === 0 ? [] : classes.map(([name, each]) => [words(name.replace("-", "–")), number(each), share(each, files)]),
      drawing: {
        kind: "bar",
        across: true,
        labels: classes.map(([name]) => name.replace("-", "–")),
        series: [{ name: "files", values: classes.map(([, each]) => each), colour: colours }],
        unit: whole,
        said: classes.map(([name, each]) => `${name}: ${count(each, "file")}, ${percent(each, files)}`).join("; "),
      },
    };
  },
};

/** @type {Subject} */
const storage = {
  id: "storage",
  name: "Storage",
  columns: ["Format", "Files", "Size"],
  empty: "No file is kept yet.",
  open: true,
  read(stats) {
    if (!stats.library?.by_format) return null;
    const { by_format: byFormat, files, bytes, disk_free_bytes: free } = stats.library;
    const formats = Object.entries(byFormat);
    return {
      rows: formats.length === 0 ? [] : [
        ...formats.map(([format, each]) => [words(format), number(each.files), volume(each.bytes)]),
        [words("all"), number(files), volume(bytes)],
      ],
      drawing: {
        kind: "bar",
        across: true,
        labels: formats.map(([format]) => format),
        series: [{ name: "size", values: formats.map(([, each]) => each.bytes), colour: "plain" }],
        unit: size,
        said: formats.map(([format, each]) => `${format}: ${size(each.bytes)}`).join(", "),
      },
      note: line(count(files, "file"), size(bytes), `${size(free)} free on the disk`),
    };
  },
};

/** @type {Subject} */
const upstreams = {
  id: "upstreams",
  name: "Upstreams",
  note: "Counts of the process that answered, since it was started.",
  columns: ["Name", "Calls", "Errors", "Bans and refusals"],
  empty: "Nobody else was asked yet.",
  open: true,
  read(stats) {
    if (!stats.upstream) return null;
    const rows = Object.entries(stats.upstream);
    return {
      rows: rows.map(([name, facts]) => [
        words(name),
        anything(facts.calls),
        anything(facts.errors),
        anything(bansOf(facts)),
      ]),
      drawing: {
        kind: "bar",
        across: true,
        labels: rows.map(([name]) => name),
        series: [
          { name: "calls", values: rows.map(([, facts]) => amount(facts.calls)), colour: "plain" },
          { name: "errors", values: rows.map(([, facts]) => amount(facts.errors)), colour: "bad" },
        ],
        unit: whole,
        said: rows.map(([name, facts]) => `${name}: ${count(amount(facts.calls), "call")}, ${amount(facts.errors)} errors`).join("; "),
      },
    };
  },
};

export const WORK = [jobs, confidence, storage, upstreams];

/**
 * A section whose facts are shown as they come.
 * @param {string} id
 * @param {string} name
 * @param {(stats: import("./stats.js").Stats) => unknown} section
 * @returns {Subject}
 */
export function factsOf(id, name, section) {
  return {
    id,
    name,
    columns: ["Fact", "Value"],
    empty: "Nothing to tell.",
    open: true,
    read(stats) {
      const facts = section(stats);
      if (facts === undefined || facts === null) return null;
      const rows = typeof facts === "object" ? flattened(facts) : [[name, facts]];
      return { rows: rows.map(([path, value]) => [words(said(String(path))), anything(value)]), drawing: null };
    },
  };
}

/** @param {string} path */
export function said(path) {
  return path.replaceAll(".", " · ").replaceAll("_", " ");
}

/**
 * How often it asked to be left alone, by whatever name that is counted.
 * @param {import("./stats.js").Facts} facts
 * @returns {unknown}
 */
function bansOf(facts) {
  if (facts.bans !== undefined || facts.rate_limited !== undefined) return facts.bans ?? facts.rate_limited;
  const opened = flattened(facts).filter(([path]) => path.split(".").at(-1) === "opened");
  return opened.length === 0 ? undefined : opened.reduce((sum, [, times]) => sum + amount(times), 0);
}

/** @param {unknown} value */
function amount(value) {
  return typeof value === "number" ? value : 0;
}
