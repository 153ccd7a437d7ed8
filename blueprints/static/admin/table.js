/** A table that is brought up to date in place: a link that has the focus keeps it. */

import { setText, within } from "../js/dom.js";

/** @typedef {import("./cells.js").Cell} Cell */

export class Table {
  #columns;
  #body;

  /**
   * @param {HTMLTableElement} table
   * @param {string} name
   * @param {string[]} columns the first one names the row
   */
  constructor(table, name, columns) {
    this.#columns = columns;
    this.#body = within(table, "tbody", HTMLTableSectionElement);
    table.setAttribute("aria-label", name);
    const head = within(table, "thead tr", HTMLTableRowElement);
    head.replaceChildren(
      ...columns.map((column) => {
        const cell = document.createElement("th");
        cell.scope = "col";
        cell.textContent = column;
        return cell;
      }),
    );
    table.classList.toggle("many-columns", columns.length > 4);
    // On a phone the rows become blocks, by CSS, and would no longer be rows to a screen reader.
    for (const [selector, role] of [["thead, tbody", "rowgroup"], ["tr", "row"], ["th", "columnheader"]]) {
      for (const each of table.querySelectorAll(selector)) each.setAttribute("role", role);
    }
    table.setAttribute("role", "table");
  }

  /** @param {Cell[][]} rows */
  show(rows) {
    while (this.#body.rows.length > rows.length) this.#body.deleteRow(-1);
    while (this.#body.rows.length < rows.length) this.#body.append(this.#row());
    rows.forEach((cells, number) => {
      const row = this.#body.rows[number];
      cells.forEach((cell, column) => showCell(row.cells[column], cell));
    });
  }

  #row() {
    const row = document.createElement("tr");
    row.setAttribute("role", "row");
    this.#columns.forEach((column, number) => {
      const cell = document.createElement(number === 0 ? "th" : "td");
      if (cell instanceof HTMLTableCellElement && number === 0) cell.scope = "row";
      cell.setAttribute("role", number === 0 ? "rowheader" : "cell");
      cell.dataset.label = column;
      row.append(cell);
    });
    return row;
  }
}

/**
 * @param {HTMLElement} place
 * @param {Cell} cell
 */
export function showCell(place, cell) {
  place.classList.toggle("figure", cell.value !== undefined);
  const tag = cell.href ? "a" : cell.moment ? "time" : cell.value !== undefined ? "data" : "span";
  let inner = place.firstElementChild;
  if (inner?.localName !== tag) {
    inner = document.createElement(tag);
    place.replaceChildren(inner);
  }
  setText(inner, cell.text);
  if (inner instanceof HTMLAnchorElement) {
    inner.href = cell.href ?? "";
    inner.target = "_blank";
    inner.rel = "noopener noreferrer";
  } else if (inner instanceof HTMLTimeElement) inner.dateTime = cell.moment ?? "";
  else if (inner instanceof HTMLDataElement) inner.value = String(cell.value);
  if (inner instanceof HTMLElement) {
    inner.dir = "auto";
    inner.title = cell.title ?? "";
  }
}
