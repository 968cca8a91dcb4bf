import type { Arrangement } from "./arrange.js";
import { CellView, type CellLook } from "./cell.js";
import { clamped, element, setAttribute, setChildren, setText } from "./element.js";
import { cornerText } from "./geometry.js";
import type { AxisLabel } from "./protocol.js";
import type { Trans } from "./translate.js";
import type { Span } from "./windowing.js";

const LONGEST_LABEL = 200;
const LONGEST_TITLE = 1000;

function showLabel(target: HTMLElement, label: AxisLabel | undefined): void {
  setText(target, clamped(label?.text ?? "", LONGEST_LABEL));
  setAttribute(target, "title", clamped(label?.full ?? "", LONGEST_TITLE));
}

/** The labels above the columns. */
export class HeadRow {
  readonly root = element("div", { role: "row", class: "fl-head", "aria-rowindex": 1 });
  readonly #corner = element("div", { role: "columnheader", class: "fl-corner", dir: "auto", "aria-colindex": 1 });
  readonly #labels = new Map<number, HTMLElement>();

  draw(arrangement: Arrangement, columns: Span): void {
    const first = arrangement.rowName === null ? 1 : 2;
    for (const column of this.#labels.keys()) {
      if (column < columns.from || column >= columns.to) this.#labels.delete(column);
    }
    const elements: Element[] = [];
    if (arrangement.rowName !== null) {
      setText(this.#corner, clamped(cornerText(arrangement), LONGEST_LABEL));
      elements.push(this.#corner);
    }
    for (let column = columns.from; column < columns.to; column++) {
      const label =
        this.#labels.get(column) ?? element("div", { role: "columnheader", class: "fl-column", dir: "auto" });
      this.#labels.set(column, label);
      label.style.setProperty("--fl-column", String(column));
      setAttribute(label, "aria-colindex", column + first);
      showLabel(label, arrangement.columnLabels[column]);
      elements.push(label);
    }
    setChildren(this.root, elements);
  }
}

/** One row of cells and its label. */
export class MatrixRow {
  readonly root = element("div", { role: "row", class: "fl-row" });
  readonly #row: number;
  readonly #trans: Trans;
  readonly #label = element("div", { role: "rowheader", class: "fl-side", dir: "auto", "aria-colindex": 1 });
  readonly #cells = new Map<number, CellView>();

  constructor(row: number, trans: Trans) {
    this.#row = row;
    this.#trans = trans;
    this.root.style.setProperty("--fl-row", String(row));
  }

  /** Draws the columns of a span and, wherever it is, the one that has the tab stop. */
  draw(
    arrangement: Arrangement,
    columns: Span,
    stop: number | null,
    look: (id: number) => Omit<CellLook, "tabStop"> | null,
  ): void {
    setAttribute(this.root, "aria-rowindex", this.#row + (arrangement.columnName === null ? 1 : 2));
    const wanted = new Set<number>(stop === null ? [] : [stop]);
    for (let column = columns.from; column < columns.to; column++) wanted.add(column);
    for (const column of this.#cells.keys()) if (!wanted.has(column)) this.#cells.delete(column);
    const elements: Element[] = [];
    if (arrangement.rowName !== null) {
      showLabel(this.#label, arrangement.rowLabels[this.#row]);
      elements.push(this.#label);
    }
    for (const column of [...wanted].sort((a, b) => a - b)) {
      const id = arrangement.ids[this.#row]?.[column] ?? null;
      const shown = id === null ? null : look(id);
      if (shown === null) {
        this.#cells.delete(column);
        continue;
      }
      const view = this.#cells.get(column) ?? new CellView(this.#trans);
      this.#cells.set(column, view);
      view.root.style.setProperty("--fl-column", String(column));
      setAttribute(view.root, "aria-colindex", column + (arrangement.rowName === null ? 1 : 2));
      view.update({ ...shown, tabStop: column === stop });
      elements.push(view.root);
    }
    setChildren(this.root, elements);
  }
}
