import type { Item } from "../api/types.js";

/**
 * The items of a page after it was asked for again: `fresh` in its place.
 *
 * New images push the last ones of the page out of the answer; these stay where they are. What `later` pages hold already
 * stays theirs. Null where answer and page have nothing in common, so that there may be a gap between them.
 */
export function reconciled(
  old: readonly Item[],
  fresh: readonly Item[],
  isLast: boolean,
  later: ReadonlySet<string>,
): Item[] | null {
  const end = fresh.findIndex((item) => later.has(item.uid));
  if (end >= 0) return fresh.slice(0, end);
  if (isLast) return [...fresh];
  const answered = new Set(fresh.map((item) => item.uid));
  const last = old.map((item) => answered.has(item.uid)).lastIndexOf(true);
  if (last < 0 && old.length > 0) return null;
  // An old one in the middle that the answer lacks is gone.
  return [...fresh, ...old.slice(last + 1)];
}
