/** A stretch of rows or columns, `to` not included. */
export interface Span {
  from: number;
  to: number;
}

/** Those of `count` items of `size` pixels that lie in the window, and `margin` more on either side. */
export function visible(scroll: number, viewport: number, size: number, count: number, margin: number): Span {
  const first = Math.floor(Math.max(0, scroll) / size);
  const last = Math.ceil((Math.max(0, scroll) + Math.max(0, viewport)) / size);
  const from = Math.max(0, Math.min(count, first) - margin);
  return { from, to: Math.max(from, Math.min(count, last + margin)) };
}

/** The scroll position, nearest to the one there is, at which item `index` is wholly in the window. */
export function scrolledTo(scroll: number, viewport: number, size: number, index: number): number {
  const start = index * size;
  if (start < scroll || size > viewport) return start;
  return Math.max(scroll, start + size - viewport);
}
