import type { AxisLabel, Scene } from "./protocol.js";

/** Which directions lie where. Without rows and columns all cells stand one after the other. */
export interface Layout {
  rows: number | null;
  columns: number | null;
  /** The chosen value of every direction; used for those that are neither rows nor columns. */
  selected: readonly number[];
}

export interface Arrangement {
  /** Null where rows or columns are no direction. */
  rowName: string | null;
  columnName: string | null;
  rowLabels: AxisLabel[];
  columnLabels: AxisLabel[];
  /** Cell ids, row by row; null where nothing stands. */
  ids: (number | null)[][];
}

const NOTHING: AxisLabel = { text: "", full: "" };

function flow(scene: Scene, across: number): Arrangement {
  const width = Math.max(1, Math.min(across, scene.cells.length));
  const ids: (number | null)[][] = [];
  for (let start = 0; start < scene.cells.length; start += width) {
    const row: (number | null)[] = scene.cells.slice(start, start + width).map((cell) => cell.id);
    while (row.length < width) row.push(null);
    ids.push(row);
  }
  return {
    rowName: null,
    columnName: null,
    rowLabels: ids.map(() => NOTHING),
    columnLabels: new Array<AxisLabel>(width).fill(NOTHING),
    ids,
  };
}

/** The table of cells that a layout asks for. `across` is how many cells stand side by side without any direction. */
export function arrange(scene: Scene, layout: Layout, across: number): Arrangement {
  const rows = layout.rows === null ? undefined : scene.directions[layout.rows];
  const columns = layout.columns === null ? undefined : scene.directions[layout.columns];
  if (!rows && !columns) return flow(scene, across);
  const rowLabels = rows?.labels ?? [NOTHING];
  const columnLabels = columns?.labels ?? [NOTHING];
  const ids = rowLabels.map(() => new Array<number | null>(columnLabels.length).fill(null));
  const others = scene.directions.map((_, index) => index).filter((i) => i !== layout.rows && i !== layout.columns);
  for (const cell of scene.cells) {
    if (others.some((index) => cell.place[index] !== (layout.selected[index] ?? 0))) continue;
    const row = ids[rows ? (cell.place[layout.rows ?? 0] ?? 0) : 0];
    const column = columns ? (cell.place[layout.columns ?? 0] ?? 0) : 0;
    if (row?.[column] === null) row[column] = cell.id;
  }
  return { rowName: rows?.name ?? null, columnName: columns?.name ?? null, rowLabels, columnLabels, ids };
}

/** Row and column of a cell, or null where this arrangement does not show it. */
export function placeOf(arrangement: Arrangement, id: number | null): [row: number, column: number] | null {
  if (id === null) return null;
  for (const [row, ids] of arrangement.ids.entries()) {
    const column = ids.indexOf(id);
    if (column >= 0) return [row, column];
  }
  return null;
}

/** The layout with one side put along another direction; two sides along the same one change places. */
export function turned(layout: Layout, side: "rows" | "columns", direction: number | null): Layout {
  const other = side === "rows" ? "columns" : "rows";
  const swapped = direction !== null && layout[other] === direction ? layout[side] : layout[other];
  return side === "rows"
    ? { ...layout, rows: direction, columns: swapped }
    : { ...layout, columns: direction, rows: swapped };
}
