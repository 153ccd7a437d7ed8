/**
 * One subject: a plot and the table of its numbers, or a sentence where there is nothing yet.
 *
 * @typedef {import("./cells.js").Cell} Cell
 * @typedef {{rows: Cell[][], drawing: import("./plot.js").Drawing | null, note?: string}} Reading
 * @typedef {{id: string, name: string, note?: string, columns: string[], empty: string, wide?: boolean, open?: boolean,
 *   read: (stats: import("./stats.js").Stats) => Reading | null}} Subject
 */

import { copyOf, setText, within } from "../js/dom.js";
import { Plot } from "./plot.js";
import { Table } from "./table.js";

export class Panel {
  #subject;
  #note;
  #empty;
  #figures;
  #table;
  #plot;

  /** @param {Subject} subject */
  constructor(subject) {
    this.#subject = subject;
    this.element = copyOf("panel");
    this.element.id = `panel-${subject.id}`;
    this.element.classList.toggle("wide", Boolean(subject.wide));
    const name = within(this.element, ".panel-name", HTMLElement);
    name.id = `panel-${subject.id}-name`;
    name.textContent = subject.name;
    this.element.setAttribute("aria-labelledby", name.id);
    this.#note = within(this.element, ".panel-note", HTMLElement);
    this.#empty = within(this.element, ".empty", HTMLElement);
    this.#empty.textContent = subject.empty;
    this.#figures = within(this.element, "details", HTMLDetailsElement);
    this.#figures.open = Boolean(subject.open);
    within(this.element, "summary", HTMLElement).setAttribute("aria-label", `${subject.name} as a table`);
    this.#table = new Table(within(this.element, "table", HTMLTableElement), subject.name, subject.columns);
    this.#plot = new Plot(
      within(this.element, ".plot", HTMLElement),
      within(this.element, "canvas", HTMLCanvasElement),
    );
  }

  /** @param {import("./stats.js").Stats} stats */
  show(stats) {
    const reading = this.#subject.read(stats);
    // The server's answer has no such section.
    this.element.hidden = reading === null;
    if (reading === null) return;
    const isEmpty = reading.rows.length === 0;
    setText(this.#note, reading.note ?? this.#subject.note ?? "");
    this.#empty.hidden = !isEmpty;
    this.#figures.hidden = isEmpty;
    this.#table.show(reading.rows);
    this.#plot.show(isEmpty ? null : reading.drawing);
  }

  close() {
    this.#plot.close();
    this.element.remove();
  }
}
