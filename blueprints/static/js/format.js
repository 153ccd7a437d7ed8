/** Numbers as people read them. */

const DECIMAL = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat();

/**
 * `3:41`, `1:02:03`.
 * @param {number} milliseconds
 */
export function clock(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(s).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

/**
 * `8 s`, `3 min`, `2 h`: how long something will take.
 * @param {number} seconds
 */
export function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/**
 * `740 kB`, `3.2 MB`, `1.8 GB`.
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1e6) return `${WHOLE.format(Math.round(bytes / 1000))} kB`;
  return bytes < 1e9 ? `${DECIMAL.format(bytes / 1e6)} MB` : `${DECIMAL.format(bytes / 1e9)} GB`;
}

/**
 * `1,234`.
 * @param {number} number
 */
export function whole(number) {
  return WHOLE.format(number);
}

/**
 * `1 track`, `1,234 tracks`.
 * @param {number} number
 * @param {string} noun
 */
export function count(number, noun) {
  return `${WHOLE.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * The parts that are there, with dots between.
 * @param {(string | null | undefined | false)[]} parts
 */
export function line(...parts) {
  return parts.filter(Boolean).join(" · ");
}
