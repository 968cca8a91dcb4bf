/** Which images are chosen, in the order they were; which one has the focus, and where a stretch of them began. */
export interface Selection {
  chosen: ReadonlySet<string>;
  focus: string | null;
  anchor: string | null;
}

export const NOTHING: Selection = { chosen: new Set(), focus: null, anchor: null };

export function only(uid: string): Selection {
  return { chosen: new Set([uid]), focus: uid, anchor: uid };
}

/** The focus elsewhere, and nothing chosen by it. */
export function focused(selection: Selection, uid: string | null): Selection {
  return { ...selection, focus: uid };
}

export function toggled({ chosen }: Selection, uid: string): Selection {
  const others = new Set(chosen);
  if (!others.delete(uid)) others.add(uid);
  return { chosen: others, focus: uid, anchor: uid };
}

/** All from the anchor to an image; `added` to what is chosen already, or instead of it. */
export function extended(selection: Selection, uid: string, order: readonly string[], added: boolean): Selection {
  const anchor = selection.anchor !== null && order.includes(selection.anchor) ? selection.anchor : uid;
  const [one, other] = [order.indexOf(anchor), order.indexOf(uid)];
  const stretch = one < 0 || other < 0 ? [uid] : order.slice(Math.min(one, other), Math.max(one, other) + 1);
  return { chosen: new Set([...(added ? selection.chosen : []), ...stretch]), focus: uid, anchor };
}

export function all(selection: Selection, order: readonly string[]): Selection {
  return { ...selection, chosen: new Set(order) };
}

export function none(selection: Selection): Selection {
  return { ...selection, chosen: new Set() };
}

/**
 * The selection after the list has changed: without what has gone. The focus goes to what stands now where it was. What was
 * not loaded before stays chosen.
 */
export function kept(selection: Selection, before: readonly string[], now: readonly string[]): Selection {
  const there = new Set(now);
  const gone = new Set(before.filter((uid) => !there.has(uid)));
  const stays = (uid: string | null): boolean => uid === null || !gone.has(uid);
  if (stays(selection.focus) && stays(selection.anchor) && [...selection.chosen].every(stays)) return selection;
  return {
    chosen: new Set([...selection.chosen].filter(stays)),
    focus: stays(selection.focus) ? selection.focus : neighbour(selection.focus, before, there),
    anchor: stays(selection.anchor) ? selection.anchor : null,
  };
}

function neighbour(gone: string | null, before: readonly string[], there: ReadonlySet<string>): string | null {
  const place = gone === null ? -1 : before.indexOf(gone);
  if (place < 0) return null;
  const after = before.slice(place + 1).find((uid) => there.has(uid));
  const others = before.slice(0, place).reverse();
  return after ?? others.find((uid) => there.has(uid)) ?? null;
}
