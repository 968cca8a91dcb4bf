// Keys of the grid. Combinations that are not named here belong to the browser and the notebook.
import type { Trans } from "./translate.js";

export type Motion =
  "left" | "right" | "up" | "down" | "row-start" | "row-end" | "grid-start" | "grid-end" | "page-up" | "page-down";

export type Command =
  | { do: "move"; motion: Motion }
  | { do: "open" }
  | { do: "close" }
  | { do: "star" }
  | { do: "rate"; stars: number }
  | { do: "reject" }
  | { do: "mark" }
  | { do: "compare" }
  | { do: "zoom"; factor: number }
  | { do: "whole" }
  | { do: "help" };

export type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

const MOTIONS: Partial<Record<string, Motion>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "row-start",
  End: "row-end",
  PageUp: "page-up",
  PageDown: "page-down",
};

const LETTERS: Partial<Record<string, Command>> = {
  f: { do: "star" },
  x: { do: "reject" },
  c: { do: "mark" },
  v: { do: "compare" },
  "0": { do: "whole" },
  "-": { do: "zoom", factor: 1 / 1.25 },
};

export function commandOf(key: Key): Command | null {
  if (key.metaKey || key.altKey) return null;
  if (key.ctrlKey) {
    if (key.shiftKey) return null;
    if (key.key === "Home") return { do: "move", motion: "grid-start" };
    if (key.key === "End") return { do: "move", motion: "grid-end" };
    return null;
  }
  // Where these stand on a keyboard, and whether with Shift, differs from country to country.
  if (key.key === "?") return { do: "help" };
  if (key.key === "+" || key.key === "=") return { do: "zoom", factor: 1.25 };
  if (/^[1-5]$/.test(key.key)) return { do: "rate", stars: Number(key.key) };
  if (key.shiftKey) return null;
  const motion = MOTIONS[key.key];
  if (motion) return { do: "move", motion };
  if (key.key === "Enter") return { do: "open" };
  if (key.key === "Escape") return { do: "close" };
  return LETTERS[key.key.toLowerCase()] ?? null;
}

export interface Extent {
  rows: number;
  columns: number;
  /** How many rows a page has. */
  page: number;
}

/** Where a motion leads from a place; it ends at the edges. */
export function moved([row, column]: [number, number], motion: Motion, extent: Extent): [number, number] {
  const bottom = Math.max(0, extent.rows - 1);
  const right = Math.max(0, extent.columns - 1);
  const page = Math.max(1, extent.page);
  switch (motion) {
    case "left":
      return [row, Math.max(0, column - 1)];
    case "right":
      return [row, Math.min(right, column + 1)];
    case "up":
      return [Math.max(0, row - 1), column];
    case "down":
      return [Math.min(bottom, row + 1), column];
    case "row-start":
      return [row, 0];
    case "row-end":
      return [row, right];
    case "grid-start":
      return [0, 0];
    case "grid-end":
      return [bottom, right];
    case "page-up":
      return [Math.max(0, row - page), column];
    case "page-down":
      return [Math.min(bottom, row + page), column];
  }
}

/** What the help shows. */
export function keysOf(trans: Trans): (readonly [keys: string, what: string])[] {
  return [
    ["← → ↑ ↓", trans.__("the next cell")],
    [trans.__("Home, End"), trans.__("first and last cell of the row")],
    [trans.__("Ctrl+Home, Ctrl+End"), trans.__("first and last cell of the grid")],
    [trans.__("Page Up, Page Down"), trans.__("a screen of rows")],
    [trans.__("Enter"), trans.__("the full image and all about it")],
    [trans.__("Escape"), trans.__("back to the grid")],
    ["f", trans.__("five stars; again: none")],
    [trans.__("1 to 5"), trans.__("that many stars")],
    ["x", trans.__("reject; again: take back")],
    ["c", trans.__("mark for a comparison, two to four")],
    ["v", trans.__("compare the marked ones")],
    [trans.__("+, −, Ctrl+wheel"), trans.__("zoom into all cells at once; drag to move")],
    ["0", trans.__("the whole images")],
    ["?", trans.__("this list")],
  ];
}
