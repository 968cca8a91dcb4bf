import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { GalleryState } from "../gallery/host.js";
import { MOST_COMPARED } from "../grid/choices.js";

/** What a tab shows, as the arguments of the command that opens it: a reload opens it again with the same. */
export type Opened =
  | { view: "gallery"; state: Partial<GalleryState> }
  | { view: "compare"; catalog: string; uids: readonly string[] }
  | { view: "sweep"; catalog: string; run: string };

/** For the command registry and the stored layout, which hold JSON. */
export function asArguments(opened: Opened): ReadonlyPartialJSONObject {
  return opened;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** What the arguments of a command ask for; null where they make no sense. They may come from anywhere. */
export function readOpened(args: ReadonlyPartialJSONObject): Opened | null {
  const { view, catalog, run, state } = args;
  if (view === "gallery") return { view, state: typeof state === "object" ? (state as Partial<GalleryState>) : {} };
  if (typeof catalog !== "string") return null;
  if (view === "sweep") return typeof run === "string" ? { view, catalog, run } : null;
  const uids = texts(args.uids);
  return view === "compare" && uids.length >= 2 && uids.length <= MOST_COMPARED ? { view, catalog, uids } : null;
}

/** The same for all that show the same. A gallery goes its own way once it is open. */
export function keyOf(opened: Opened): string {
  if (opened.view === "gallery") return "gallery";
  const what = opened.view === "sweep" ? opened.run : opened.uids.join(",");
  return `${opened.view}:${opened.catalog}:${what}`;
}
