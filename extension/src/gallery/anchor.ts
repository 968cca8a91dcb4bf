import { rowOf, type Rows, rowsIn } from "./rows.js";

/** What stands at the top of the window, so that it can be put there again when the list is laid otherwise. */
export interface Anchor {
  uid: string;
  index: number;
  /** How many pixels of its row are above the window. */
  offset: number;
}

/** What stands at the top; null at the very top, where new images shall show. */
export function anchorAt(layout: Rows, order: readonly string[], scroll: number): Anchor | null {
  if (scroll < 1) return null;
  const { from } = rowsIn(layout, scroll, 1, 0);
  const index = layout.rows[from]?.from;
  const uid = index === undefined ? undefined : order[index];
  if (index === undefined || uid === undefined) return null;
  return { uid, index, offset: scroll - (layout.rows[rowOf(layout, index)]?.top ?? 0) };
}

/** Where to scroll for the anchor to stand where it stood; null where it is not there, nor what was about it. */
export function scrollFor(anchor: Anchor, layout: Rows, order: readonly string[]): number | null {
  const found = order[anchor.index] === anchor.uid ? anchor.index : order.indexOf(anchor.uid);
  const row = layout.rows[rowOf(layout, found >= 0 ? found : anchor.index)];
  if (!row || (found < 0 && anchor.index === 0)) return null;
  return Math.max(0, row.top + anchor.offset);
}
