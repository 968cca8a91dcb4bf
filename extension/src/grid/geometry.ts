import type { Arrangement } from "./arrange.js";
import type { Cell } from "./protocol.js";

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
const HEAD = 44;
const SIDE = 140;

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
  return {
    frameWidth,
    frameHeight,
    cellWidth: frameWidth + GAP,
    cellHeight: frameHeight + GAP + (labelled ? LABEL : 0),
    head: arrangement.columnName === null ? 0 : HEAD,
    side: arrangement.rowName === null ? 0 : SIDE,
  };
}

/** Cells have a label of their own where neither rows nor columns have one. */
export function isLabelled(arrangement: Arrangement): boolean {
  return arrangement.rowName === null && arrangement.columnName === null;
}
