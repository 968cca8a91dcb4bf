import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { GalleryState } from "../gallery/host.js";
import { MOST_COMPARED } from "../grid/choices.js";

/**
 * What a tab shows, as the arguments of the command that opens it: a reload opens it again with the same. A gallery without a
 * number goes to the tab of its catalog.
 */
export type Opened =
  | { view: "gallery"; state: Partial<GalleryState>; tab: number | null }
  | { view: "compare"; catalog: string; uids: readonly string[] }
  | { view: "sweep"; catalog: string; run: string };

/** The number of the tab that shows a catalog already, or the first that is free. Without a catalog any tab will do. */
export function tabOf(catalog: string | null, open: readonly { tab: number; catalog: string | null }[]): number {
  const found = open.find((one) => catalog === null || one.catalog === catalog);
  const taken = new Set(open.map(({ tab }) => tab));
  let free = 1;
  while (taken.has(free)) free++;
  return found?.tab ?? free;
}

/** For the command registry and the stored layout, which hold JSON. */
export function asArguments(opened: Opened): ReadonlyPartialJSONObject {
  return opened;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** What the arguments of a command ask for; null where they make no sense. They may come from anywhere. */
export function readOpened(args: ReadonlyPartialJSONObject): Opened | null {
  const { view, catalog, run, state, tab } = args;
  if (view === "gallery") {
    const given = typeof state === "object" ? (state as Partial<GalleryState>) : {};
    return { view, state: given, tab: typeof tab === "number" ? tab : null };
  }
  if (typeof catalog !== "string") return null;
  if (view === "sweep") return typeof run === "string" ? { view, catalog, run } : null;
  const uids = texts(args.uids);
  return view === "compare" && uids.length >= 2 && uids.length <= MOST_COMPARED ? { view, catalog, uids } : null;
}

/** The same for all that show the same. A gallery goes its own way once it is open, and has a number. */
export function keyOf(opened: Opened): string {
  if (opened.view === "gallery") return `gallery:${opened.tab ?? 1}`;
  const what = opened.view === "sweep" ? opened.run : opened.uids.join(",");
  return `${opened.view}:${opened.catalog}:${what}`;
}
