/** All that is shown of an answer; brought up to date in place. */

import { byId, copyOf, setText, within } from "../js/dom.js";
import { Panel } from "./panel.js";
import { subjectsOf } from "./panels.js";
import { concernsOf, tilesOf } from "./summary.js";
import { showCell } from "./table.js";

/** @typedef {import("./stats.js").Stats} Stats */

export class Board {
  #shown = byId("shown", HTMLElement);
  #attention = byId("attention", HTMLElement);
  #tiles = byId("tiles", HTMLElement);
  #place = byId("panels", HTMLElement);
  /** @type {Map<string, Panel>} */
  #panels = new Map();
  /** @type {Map<string, HTMLElement>} */
  #tileOf = new Map();

  /** @param {Stats} stats */
  show(stats) {
    this.#shown.hidden = false;
    this.#showConcerns(stats);
    for (const tile of tilesOf(stats)) this.#showTile(tile);
    for (const subject of subjectsOf(stats)) {
      if (this.#panels.has(subject.id)) continue;
      const panel = new Panel(subject);
      this.#panels.set(subject.id, panel);
      this.#place.append(panel.element);
    }
    for (const panel of this.#panels.values()) panel.show(stats);
  }

  /** Nothing of what was seen stays. */
  clear() {
    this.#shown.hidden = true;
    for (const panel of this.#panels.values()) panel.close();
    this.#panels.clear();
    this.#tileOf.clear();
    this.#tiles.replaceChildren();
    this.#attention.replaceChildren();
  }

  /** @param {Stats} stats */
  #showConcerns(stats) {
    const concerns = concernsOf(stats, Date.now());
    this.#attention.classList.toggle("calm", concerns.length === 0);
    const lines = concerns.length === 0 ? [{ text: "Nothing needs attention." }] : concerns;
    this.#attention.replaceChildren(
      ...lines.map(({ text, title }) => {
        const line = document.createElement("li");
        line.textContent = text;
        if (title) line.title = title;
        return line;
      }),
    );
  }

  /** @param {import("./summary.js").Tile} tile */
  #showTile(tile) {
    let element = this.#tileOf.get(tile.id);
    if (element === undefined) {
      element = copyOf("tile");
      element.id = `tile-${tile.id}`;
      within(element, "dt", HTMLElement).textContent = tile.name;
      this.#tileOf.set(tile.id, element);
      this.#tiles.append(element);
    }
    element.classList.toggle("bad", Boolean(tile.bad));
    const cell = tile.value === null ? { text: tile.text } : { text: tile.text, value: tile.value };
    showCell(within(element, ".tile-value", HTMLElement), cell);
    setText(within(element, ".tile-note", HTMLElement), tile.note);
  }
}
