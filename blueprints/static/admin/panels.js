/** Which panels there are for an answer. */

import { otherSections } from "./stats.js";
import { TRAFFIC } from "./traffic.js";
import { WORK, factsOf, said } from "./work.js";

/**
 * @param {import("./stats.js").Stats} stats
 * @returns {import("./panel.js").Subject[]}
 */
export function subjectsOf(stats) {
  return [
    ...TRAFFIC,
    ...WORK,
    ...Object.keys(stats.upstream ?? {}).map((name) =>
      factsOf(`upstream-${name}`, titled(name), (latest) => latest.upstream?.[name]),
    ),
    factsOf("access-log", "Access log", (latest) => latest.access_log),
    ...otherSections(stats).map(([name]) =>
      factsOf(`other-${name}`, titled(name), (latest) => new Map(otherSections(latest)).get(name)),
    ),
  ];
}

/** @param {string} name */
function titled(name) {
  const words = said(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
