import type { Layout } from "./arrange.js";
import type { Scene } from "./protocol.js";
import { WHOLE, type Zoom } from "./zoom.js";

export type CompareMode = "side" | "swipe" | "onion" | "difference";

/** What lies over the grid. */
export type Sheet =
  { show: "cell"; id: number } | { show: "compare"; ids: number[]; mode: CompareMode } | { show: "help" };

/** How a person has set the view. It outlives the view: a new one of the same model goes on where the old one was. */
export interface Choices {
  layout: Layout;
  /** Side of a cell's picture in CSS pixels. */
  size: number;
  zoom: Zoom;
  focus: number | null;
  marked: readonly number[];
  sheet: Sheet | null;
  scroll: { left: number; top: number };
}

export const SMALLEST_SIZE = 64;
export const LARGEST_SIZE = 512;
export const MOST_COMPARED = 4;

export function firstChoices(): Choices {
  return {
    layout: { rows: null, columns: null, selected: [] },
    size: 160,
    zoom: WHOLE,
    focus: null,
    marked: [],
    sheet: null,
    scroll: { left: 0, top: 0 },
  };
}

function sameDirections(before: Scene | null, now: Scene): boolean {
  const shape = (scene: Scene): string => JSON.stringify(scene.directions.map((d) => [d.name, d.labels.length]));
  return before !== null && before.id === now.id && shape(before) === shape(now);
}

/** The choices for a new scene: kept as far as they still mean something. */
export function adapted(choices: Choices, before: Scene | null, now: Scene): Choices {
  const ids = new Set(now.cells.map((cell) => cell.id));
  const focus = now.cells[0]?.id ?? null;
  if (!sameDirections(before, now)) {
    const layout = { rows: now.rows, columns: now.columns, selected: now.directions.map(() => 0) };
    return { ...firstChoices(), size: choices.size, layout, focus };
  }
  const { sheet } = choices;
  const shown = sheet?.show === "cell" ? [sheet.id] : sheet?.show === "compare" ? sheet.ids : [];
  return {
    ...choices,
    focus: choices.focus !== null && ids.has(choices.focus) ? choices.focus : focus,
    marked: choices.marked.filter((id) => ids.has(id)),
    sheet: shown.every((id) => ids.has(id)) ? sheet : null,
  };
}
