import type { Arrangement } from "./arrange.js";
import type { AxisLabel, Cell } from "./protocol.js";

/** Sizes in CSS pixels of what the grid is made of. */
export interface Geometry {
  frameWidth: number;
  frameHeight: number;
  cellWidth: number;
  cellHeight: number;
  /** Of the labels above the columns, or 0. */
  head: number;
  /** Of the labels beside the rows, or 0. */
  side: number;
}

const GAP = 8;
const LABEL = 36;
const LINE = 22;
const LETTER = 8; // width of a wide one
const ARROWS = 12; // two arrows are wider than letters, and the corner has a padding
const SIDE = { least: 88, most: 160 };

function longest(labels: readonly AxisLabel[]): number {
  return LETTER * labels.reduce((most, { text }) => Math.max(most, text.length), 0);
}

/** What stands above the labels of the rows and beside those of the columns. */
export function cornerText({ rowName, columnName }: Arrangement): string {
  return `${rowName ?? ""} ↓  ${columnName ?? ""} →`;
}

/** `size` is the longer side of a picture; all frames have the shape of the first cell that has one. */
export function geometryOf(arrangement: Arrangement, cells: Iterable<Cell>, size: number): Geometry {
  let shape = 1;
  for (const { width, height } of cells) {
    if (width > 0 && height > 0) {
      shape = Math.min(3, Math.max(1 / 3, width / height));
      break;
    }
  }
  const frameWidth = Math.round(shape >= 1 ? size : size * shape);
  const frameHeight = Math.round(shape >= 1 ? size / shape : size);
  const labelled = isLabelled(arrangement);
  const { rowName, columnName, rowLabels, columnLabels } = arrangement;
  const cellWidth = frameWidth + GAP;
  const corner = LETTER * cornerText(arrangement).length + ARROWS;
  const lines = Math.max(longest(columnLabels) / cellWidth, rowName === null ? 0 : corner / SIDE.most) > 1 ? 2 : 1;
  return {
    frameWidth,
    frameHeight,
    cellWidth,
    cellHeight: frameHeight + GAP + (labelled ? LABEL : 0),
    head: columnName === null ? 0 : lines * LINE,
    side: rowName === null ? 0 : Math.min(SIDE.most, Math.max(SIDE.least, corner, longest(rowLabels))),
  };
}

/** Cells have a label of their own where neither rows nor columns have one. */
export function isLabelled(arrangement: Arrangement): boolean {
  return arrangement.rowName === null && arrangement.columnName === null;
}
