/** What stands in a table: a text for the eye, and the exact number or moment behind it. */

import { size, whole } from "../js/format.js";

/** @typedef {{text: string, value?: number, title?: string, href?: string, moment?: string}} Cell */

/** @type {Cell} */
export const NONE = { text: "–", title: "not known" };

const LOCAL_HOUR = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/**
 * @param {string} text
 * @returns {Cell}
 */
export function words(text) {
  return { text };
}

/**
 * @param {number | null | undefined} number
 * @returns {Cell}
 */
export function number(number) {
  return number === null || number === undefined ? NONE : { text: whole(number), value: number };
}

/**
 * @param {number} bytes
 * @returns {Cell}
 */
export function volume(bytes) {
  return { text: size(bytes), value: bytes, title: `${whole(bytes)} bytes` };
}

/**
 * @param {number | null | undefined} milliseconds
 * @returns {Cell}
 */
export function lasted(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return NONE;
  return { text: duration(milliseconds), value: milliseconds, title: `${milliseconds} ms` };
}

/**
 * @param {number} part
 * @param {number} all
 * @returns {Cell}
 */
export function share(part, all) {
  return all === 0 ? NONE : { text: percent(part, all), value: part / all };
}

/**
 * A moment in the viewer's own time; UTC when one asks.
 * @param {string} moment ISO 8601
 * @returns {Cell}
 */
export function moment(moment) {
  return { text: LOCAL_HOUR.format(new Date(moment)), moment, title: inUtc(moment) };
}

/** @param {string | Date} moment */
export function inUtc(moment) {
  return `${new Date(moment).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/**
 * `0.84 ms`, `12 ms`, `1.3 s`.
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
  return `${milliseconds >= 10 ? Math.round(milliseconds) : Number(milliseconds.toPrecision(2))} ms`;
}

/**
 * `12.5 %`.
 * @param {number} part
 * @param {number} all
 */
export function percent(part, all) {
  return all === 0 ? "–" : `${Number(((100 * part) / all).toFixed(1))} %`;
}

/**
 * A fact whose kind is not known beforehand.
 * @param {unknown} value
 * @returns {Cell}
 */
export function anything(value) {
  if (value === null || value === undefined) return NONE;
  if (typeof value === "number") return Number.isInteger(value) ? number(value) : { text: String(value), value };
  if (typeof value === "boolean") return words(value ? "yes" : "no");
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return moment(value);
  return words(String(value));
}
