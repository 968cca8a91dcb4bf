import type { Item } from "../api/types.js";
import type { Span } from "../grid/windowing.js";
import type { KeyOf } from "./groups.js";

/** A line of the list: the heading of a group, or images `from` up to `to`. A heading stands before image `from`. */
export interface Row {
  heading: boolean;
  top: number;
  height: number;
  from: number;
  to: number;
}

export interface Rows {
  rows: readonly Row[];
  height: number;
  columns: number;
}

export interface Measures {
  columns: number;
  rowHeight: number;
  headingHeight: number;
}

/** The lines that these items fill. A heading's `to` is the end of its group. */
export function layRows(items: readonly Item[], measures: Measures, keyOf: KeyOf | null): Rows {
  const { columns, rowHeight, headingHeight } = measures;
  const rows: Row[] = [];
  let top = 0;
  const add = (heading: boolean, from: number, to: number): void => {
    const height = heading ? headingHeight : rowHeight;
    rows.push({ heading, top, height, from, to });
    top += height;
  };
  let from = 0;
  while (from < items.length) {
    const to = endOfGroup(items, from, keyOf);
    if (keyOf) add(true, from, to);
    for (let start = from; start < to; start += columns) add(false, start, Math.min(to, start + columns));
    from = to;
  }
  return { rows, height: top, columns };
}

function endOfGroup(items: readonly Item[], from: number, keyOf: KeyOf | null): number {
  const first = items[from];
  if (!keyOf || !first) return items.length;
  const key = keyOf(first);
  let to = from + 1;
  for (; to < items.length; to++) {
    const item = items[to];
    if (!item || keyOf(item) !== key) break;
  }
  return to;
}

/** The first place whose row is not wholly `before`; rows stand in order, so halves can be left out. */
function firstNot({ rows }: Rows, before: (row: Row) => boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && before(row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows that lie in a window, and `margin` pixels on either side of it. */
export function rowsIn(layout: Rows, scroll: number, viewport: number, margin: number): Span {
  const from = firstNot(layout, (row) => row.top + row.height <= scroll - margin);
  const to = firstNot(layout, (row) => row.top < scroll + viewport + margin);
  return { from, to: Math.max(from, to) };
}

/** The place of the row of images that holds an image. */
export function rowOf(layout: Rows, index: number): number {
  return firstNot(layout, (row) => (row.heading ? row.from : row.to) <= index);
}

export type Motion = "left" | "right" | "up" | "down" | "first" | "last" | "page-up" | "page-down";

/** Where a motion leads from image `index` of `count`; it ends at the edges. */
export function movedIndex(layout: Rows, index: number, motion: Motion, count: number, viewport: number): number {
  const last = Math.max(0, count - 1);
  const row = rowOf(layout, index);
  switch (motion) {
    case "left":
      return Math.max(0, index - 1);
    case "right":
      return Math.min(last, index + 1);
    case "first":
      return 0;
    case "last":
      return last;
    case "up":
      return inRow(layout, index, row, beside(layout, row, -1));
    case "down":
      return inRow(layout, index, row, beside(layout, row, 1));
    case "page-up":
      return inRow(layout, index, row, page(layout, row, -1, viewport));
    case "page-down":
      return inRow(layout, index, row, page(layout, row, 1, viewport));
  }
}

/** The next row of images before or after a row, or the row itself at the edge. */
function beside({ rows }: Rows, row: number, step: 1 | -1): number {
  let place = row + step;
  while (rows[place]?.heading) place += step;
  return rows[place] ? place : row;
}

function page(layout: Rows, row: number, step: 1 | -1, viewport: number): number {
  const start = layout.rows[row]?.top ?? 0;
  const height = layout.rows[row]?.height ?? 0;
  let place = row;
  for (;;) {
    const next = beside(layout, place, step);
    const top = layout.rows[next]?.top ?? 0;
    // One row at least, and no further than what stands at one edge moving to the other.
    if (next === place || (place !== row && Math.abs(top - start) > viewport - height)) return place;
    place = next;
  }
}

/** The image of row `to` in the same column as an image of row `from`. */
function inRow({ rows }: Rows, index: number, from: number, to: number): number {
  const start = rows[from];
  const end = rows[to];
  if (!start || !end || from === to) return index;
  return Math.min(end.to - 1, end.from + index - start.from);
}
