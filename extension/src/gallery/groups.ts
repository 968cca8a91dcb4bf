import type { Item } from "../api/types.js";
import type { Translate } from "../grid/translate.js";
import type { Grouping } from "./host.js";

/** Tells what stands together: neighbours with the same key do. */
export type KeyOf = (item: Item) => string;

/** The day of an image where the reader is, as 2026-11-24. */
export function dayOf(created: string): string {
  const date = new Date(created);
  if (Number.isNaN(date.getTime())) return "";
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

// A list of a hundred thousand is laid anew with every page.
const days = new WeakMap<Item, string>();

function dayOfItem(item: Item): string {
  let day = days.get(item);
  if (day === undefined) days.set(item, (day = dayOf(item.created)));
  return day;
}

export function keyOf(grouping: Grouping): KeyOf | null {
  switch (grouping) {
    case "day":
      return dayOfItem;
    case "sweep":
      return (item) => item.run ?? "";
    case "none":
      return null;
  }
}

/** The heading of the group that begins with this image. */
export function titleOf(item: Item, grouping: Grouping, say: Translate, now = new Date()): string {
  if (grouping === "sweep") {
    if (item.run === null) return say("Single images");
    return item.run_name === null || item.run_name === "" ? say("Sweep %1", item.run.slice(0, 8)) : item.run_name;
  }
  const day = dayOf(item.created);
  if (day === "") return say("Day not known");
  if (day === dayOf(now.toISOString())) return say("Today");
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, 12);
  if (day === dayOf(before.toISOString())) return say("Yesterday");
  const language = document.documentElement.lang || undefined;
  const format = { weekday: "short", year: "numeric", month: "long", day: "numeric" } as const;
  try {
    return new Date(item.created).toLocaleDateString(language, format);
  } catch {
    return new Date(item.created).toLocaleDateString(undefined, format);
  }
}
